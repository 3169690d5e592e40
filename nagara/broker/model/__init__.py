"""Entities: how they come in, how they are kept, how they change and how they are shown (4.5, 5.5.8, 5.5.12)."""
