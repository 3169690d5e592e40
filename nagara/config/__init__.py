"""Settings, addresses and entry points: the only part that knows all the others."""
