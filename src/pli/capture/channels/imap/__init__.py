"""Scan to mail: mailboxes read over IMAP (RFC 3501), each attached document one capture."""
