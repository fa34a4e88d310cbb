"""The only one that knows the order of rooms: reacts to journal events and calls the next room's api."""
