"""FTP with TLS (RFC 959, RFC 4217) as a write-only box: the « 226 » comes after the capture is committed.

TLS is required, but of accounts that were allowed to do without (old copiers). Nothing is ever read back.
"""
