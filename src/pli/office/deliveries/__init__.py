"""« Envois »: every document sent, to whom, by which way, and what became of it."""
