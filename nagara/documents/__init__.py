"""Stored files with their digests, sources of facts, register numbers, and PDF."""
