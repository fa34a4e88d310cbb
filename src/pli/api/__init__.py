"""The REST interface and webhooks."""
