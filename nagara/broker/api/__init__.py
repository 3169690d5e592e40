"""The operations of the API in HTTP terms, one module a resource (clause 6)."""
