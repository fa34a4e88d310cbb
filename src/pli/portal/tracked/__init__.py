"""The page of a tracked sending: received or declined by its recipient, without an account."""
