"""Where scans come from: watched folders, drop accounts, mailboxes; their rows, and what they hand to capture."""
