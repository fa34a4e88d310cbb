"""The virtual printer: an IPP Everywhere service (RFC 8010, RFC 8011, PWG 5100.14) whose jobs are captures."""
