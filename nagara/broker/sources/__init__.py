"""Context sources: registrations, and operations that are distributed to them."""
