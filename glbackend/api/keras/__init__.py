"""Keras's namespaces, where `gl` has their contents elsewhere or in another sense: names only."""
