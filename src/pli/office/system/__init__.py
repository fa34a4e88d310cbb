"""« État du système »: the doctor as a page."""
