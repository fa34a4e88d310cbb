"""Lists of parties from a spreadsheet: read, mapped, previewed, and only then written."""
