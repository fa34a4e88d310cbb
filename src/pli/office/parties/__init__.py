"""Clients, employees and suppliers on screen."""
