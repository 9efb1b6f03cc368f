"""Training: what `compile`, `fit`, `evaluate` and `predict` do, and losses, metrics, callbacks."""
