"""Screens of messages: the history, the wording, the local outbox."""
