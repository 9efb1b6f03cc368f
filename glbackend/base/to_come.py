"""Names of TF.js that are to come here. Written by tools.coverage; do not edit."""

TO_COME: frozenset[str] = frozenset()
