"""Pages: find among what the visitor may see, call one action or query, answer."""
