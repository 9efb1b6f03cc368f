"""Floor 5: optimizers, as `gl.train`."""
