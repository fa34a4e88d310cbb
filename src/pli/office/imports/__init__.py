"""Lists from a spreadsheet: dropped, mapped, previewed, confirmed, reported."""
