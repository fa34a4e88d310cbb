"""The built-in steps: one file and one entry-point line each."""
