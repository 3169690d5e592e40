"""Reports of a network: what the record said on a day, frozen, with every figure traced to its rows."""
