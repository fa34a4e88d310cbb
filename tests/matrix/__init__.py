"""Every route, every kind of actor, every method: who may do what."""
