"""What every floor stands on: errors, clock, ids, plug registry, transition tables. Knows neither Django nor any room."""
