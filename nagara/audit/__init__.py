"""Who did what, for whom, when, why, and what changed: append-only and hash-chained."""
