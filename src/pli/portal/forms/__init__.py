"""Public forms: a template's one open role, taken by whoever has the address."""
