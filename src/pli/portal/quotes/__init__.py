"""« Devis » in the client's space: what waits for an answer, what was answered, its files and proofs."""
