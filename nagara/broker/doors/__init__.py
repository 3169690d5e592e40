"""Who may come in, what may go out, and how much of it."""
