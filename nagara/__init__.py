"""Nagara: the record and the workshop of a network of smart cities."""
