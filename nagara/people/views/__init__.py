"""HTTP of this part, by who comes: the visitor's own account, administrators, keepers of the register, readers of the record."""
