"""Photographs of pages taken with a telephone: kept as they came, straightened, bound into one document."""
