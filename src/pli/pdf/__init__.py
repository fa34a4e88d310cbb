"""Reading and drawing PDF files: inspection, text, page images, marks, typeset records. Knows no Django, no room."""
