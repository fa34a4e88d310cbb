"""Logging in, by django-allauth, and what a person sets about their own account."""
