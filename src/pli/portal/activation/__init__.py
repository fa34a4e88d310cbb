"""First steps of a person who was given an access: by a link, or by a letter."""
