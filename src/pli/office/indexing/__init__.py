"""« À indexer »: the page beside the form, one document after the other, from the keyboard."""
