"""Template tags: the components of the screens."""
