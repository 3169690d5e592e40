"""HTTP of this part: what the public reads, and what the secretariat does."""
