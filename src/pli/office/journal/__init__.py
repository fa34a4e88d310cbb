"""« Journal »: everything that happened, in plain words, and the chain that proves it."""
