"""One's own signature key: workstations paired to one's account, and documents given to them to sign."""
