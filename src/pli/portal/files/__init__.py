"""Files behind a link: looked at and fetched without an account."""
