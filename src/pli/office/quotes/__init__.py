"""« Devis »: quotes sent to be answered on line, and what became of each."""
