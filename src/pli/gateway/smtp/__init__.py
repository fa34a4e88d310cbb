"""The SMTP door: who may send what to whom, and 250 only when it is durable."""
