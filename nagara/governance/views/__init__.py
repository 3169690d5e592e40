"""HTTP and nothing else: finds the row among those that the visitor may see, calls one action or query, answers."""
