"""Keys, certificates, PAdES signatures, timestamps and their validation. No Django."""
