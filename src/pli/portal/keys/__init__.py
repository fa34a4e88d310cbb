"""The door of workstations that sign with their member's own key: JSON, a token, nothing else."""
