"""« Traitements »: files on their way through a recipe, live, and what to do with the pages that stopped."""
