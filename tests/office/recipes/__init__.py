"""The editors of recipes and layouts."""
