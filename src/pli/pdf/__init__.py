"""Reading and drawing PDF files: inspection, text, page images, marks, typeset records. Knows neither Django nor any room."""
