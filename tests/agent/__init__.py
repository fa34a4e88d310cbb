"""The programme of a workstation, against the real door and a real token."""
