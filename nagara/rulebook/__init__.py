"""Reads the dated criteria of each programme and keeps the edition that a decision was made under."""
