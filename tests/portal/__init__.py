"""The doors of people outside the house."""
