"""Processing: what a recipe makes of a captured file.

Owns recipes, layouts, runs and their pieces. Emits ``run.*`` and ``piece.*`` events. Refuses a recipe whose steps can't
follow one another, and any change of bytes after the seal. Entered through ``api`` only.
"""
