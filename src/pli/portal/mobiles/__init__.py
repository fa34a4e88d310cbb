"""The page where a sender gives mobile numbers that are missing."""
