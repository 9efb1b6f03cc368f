"""What programs of Keras are judged by: weights of equal numbers, and what Keras came to."""

from typing import Any

import numpy as np


def init(model: Any, seed: int) -> Any:
    """A model with weights drawn by NumPy, so that it has the same ones here and in Keras; it comes back."""
    rng, new = np.random.RandomState(seed), []
    for w in map(np.asarray, model.get_weights()):
        if w.dtype.kind != "f":
            new.append(w)
        elif w.size and (w == 1).all():
            new.append(rng.uniform(0.6, 1.4, w.shape).astype("float32"))
        else:
            new.append(rng.normal(0, 0.3, w.shape).astype("float32"))
    model.set_weights(new)
    return model


class Judge:
    """Compares what a program comes to with `wanted`, by name, from which it takes what it has seen."""

    def __init__(self, wanted: dict[str, list[float]]) -> None:
        self.wanted = wanted

    def report(self, name: str, value: Any) -> None:
        """A figure, or the parts of a dict or list by their names and places."""
        if isinstance(value, dict):
            for key, one in value.items():
                self.report(f"{name}.{key}", one)
        elif isinstance(value, list | tuple) and not all(isinstance(one, int | float) for one in value):
            for i, one in enumerate(value):
                self.report(f"{name}[{i}]", one)
        elif name in self.wanted:
            value = value.detach() if hasattr(value, "detach") else value
            found = np.asarray(value, "float64").ravel()[: len(self.wanted[name])]
            np.testing.assert_allclose(found, self.wanted.pop(name), rtol=2e-4, atol=1e-5, err_msg=name)

    def weights(self, name: str, model: Any) -> None:
        """The weights of a model that are floats."""
        self.report(name, [w for w in map(np.asarray, model.get_weights()) if w.dtype.kind == "f"])
