"""What the broker does in a second, and what a request costs it, beside what the machine could do at most."""
