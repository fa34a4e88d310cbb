"""« Réglages »: each setting says its effect and its default; everybody of the team reads, administrators change."""
