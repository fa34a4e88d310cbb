"""Electronic invoices: read (Factur-X, CII, UBL) and made (Factur-X EN 16931). Free of Django, like the steps."""
