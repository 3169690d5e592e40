"""Persons, organisations, posts and terms; accounts, roles and the second factor."""
