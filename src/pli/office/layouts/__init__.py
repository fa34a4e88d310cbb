"""« Réglages › Modèles de lecture »: drawn by hand on a page, tried at once."""
