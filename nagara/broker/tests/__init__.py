"""Tests of the broker: over real HTTP for each clause, and of its parts alone."""
