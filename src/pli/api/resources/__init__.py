"""One file per resource: what goes in, what comes out, the operations. Rules stand in the rooms."""
