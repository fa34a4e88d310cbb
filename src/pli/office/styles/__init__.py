"""The living style page: every component at work, for those who build screens. Served only with PLI_DEBUG=1."""
