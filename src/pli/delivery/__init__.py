"""One document to one recipient by one way: carriers e-mail and portal."""
