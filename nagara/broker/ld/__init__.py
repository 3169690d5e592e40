"""@contexts: the core one, those of users, and what they make of names (ETSI GS CIM 009, 4.4, 5.5.7, 5.13)."""
