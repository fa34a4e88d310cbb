"""English as Europe writes dates: the day first."""
