"""Making a PDF fit for archiving: PDF/A-1b, 2b and 3b (ISO 19005-1, -2, -3), and judging it. Runs in the sandbox.

Everything works in place on an open document; what belongs to several files (font programs, profiles) is built once.
"""
