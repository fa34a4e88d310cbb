"""« À traiter »: what could not go on by itself, each with its reason and its remedy."""
