"""What may be done: each verb once."""
