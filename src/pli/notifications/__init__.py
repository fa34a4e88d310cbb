"""Notices by e-mail and SMS: templates, history with states, gateways as plugs, the local outbox."""
