"""The REST interface under /api/v1/ and webhooks: HTTP only. Tokens, idempotency and deliveries are its own records."""
