"""Putting documents together: letterheads, back pages, stamps, invisible text. In place, inside the sandbox, opaque."""
