"""« Mes courriels »: what left by the mail gateway, and how to set up one’s mail program."""
