"""Writing to parties: one verb, one transaction, one event."""
