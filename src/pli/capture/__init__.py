"""What comes in, durable before it is acknowledged."""
