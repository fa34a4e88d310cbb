"""Filing, retention, periodic re-hash."""
