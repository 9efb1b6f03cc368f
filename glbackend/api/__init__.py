"""The namespaces of the facade: names only."""
