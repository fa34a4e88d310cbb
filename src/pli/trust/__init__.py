"""Keys, certificates, PAdES signatures, timestamps and their validation. Knows neither Django nor any room."""
