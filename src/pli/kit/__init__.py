"""What every floor stands on: errors, clock, ids, plug registry, transition tables. No Django."""
