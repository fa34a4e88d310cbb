"""Virtual printers: made and installed in the settings, their jobs followed in « Mes impressions »."""
