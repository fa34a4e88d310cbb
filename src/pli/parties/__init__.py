"""Organisations, accounts, members and roles, clients, employees, suppliers, contacts, portal accesses."""
