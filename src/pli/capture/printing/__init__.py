"""Virtual printers and their jobs, whatever protocol brings them."""
