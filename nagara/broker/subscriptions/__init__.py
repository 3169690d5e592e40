"""Subscriptions, and the notifications that they cause."""
