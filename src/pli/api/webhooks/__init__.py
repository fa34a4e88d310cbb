"""Webhooks by the Standard Webhooks specification: queued with the event, signed, retried for three days, logged."""
