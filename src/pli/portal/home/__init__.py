"""Where a client or an employee finds their documents."""
