"""One verb, one action."""
