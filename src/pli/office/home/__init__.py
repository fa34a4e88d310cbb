"""What waits for me, what waits for others, and the week's figures."""
