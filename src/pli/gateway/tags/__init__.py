"""What a word of the subject asks for: one file each, free of Django and of rows."""
