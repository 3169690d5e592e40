"""Where entities are kept: one SQLite file a tenant, one writer with group commit, many readers."""
