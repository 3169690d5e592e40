"""Rounds, applications, evidence, conflicts of interest, scores and results: one engine for every programme."""
