"""States, provinces, cities and areas; their names, boundaries and populations."""
