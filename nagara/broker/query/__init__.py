"""Which entities are meant: the query languages of the specification (4.9, 4.10, 4.17, 4.19, 4.21, 4.23)."""
