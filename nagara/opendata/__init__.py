"""The public read API: CSV and JSON twins of every public page."""
