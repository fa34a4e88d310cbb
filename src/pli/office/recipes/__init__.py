"""« Réglages › Recettes » and « › Modèles de lecture »: what becomes of what arrives, made without programming."""
