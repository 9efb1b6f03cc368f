"""`tests/golden/keras_ops.npz`: what Keras gives for `tools.keras_op_cases`, and the gradients.

Run where keras 3.15 and PyTorch are installed, `KERAS_BACKEND=torch python -m tools.keras_op_goldens`; the
file is committed.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tools.keras_op_cases import CASES, NO_GRADIENT, listed, numbers

CONSTANT = ("holes", "infinite", "maps")  # of maps Keras on PyTorch mixes the last two with channels
FILE = Path(__file__).resolve().parents[1] / "tests" / "golden" / "keras_ops.npz"


ROUNDED = ~0xFF  # the bits of a float32 that are kept: five digits, which compress better


def weighed(results: list[Any], tensor: Callable[[Any], Any]) -> Any:
    """A scalar of all floats in results, each with a weight of its own; `tensor` makes one of numbers."""
    total: Any = 0.0
    for one in results:
        size = int(np.prod(one.shape))
        weights = np.cos(np.arange(size)).reshape(tuple(one.shape)).astype("float32")
        total = total + (one * tensor(weights)).sum()
    return total


def main() -> None:
    """Writes the file."""
    ops, torch = importlib.import_module("keras").ops, importlib.import_module("torch")
    found: dict[str, np.ndarray] = {}
    for name, case in CASES.items():
        results = [
            np.asarray(one.detach() if hasattr(one, "detach") else one)
            for one in listed(case(ops, numbers()))
        ]
        for i, one in enumerate(results):
            found[f"{name}:{i}"] = one.astype(
                "float32" if one.dtype.kind == "f" else one.dtype.name.replace("64", "32")
            )
        if name in NO_GRADIENT:
            continue
        given = numbers()
        tensors = {
            key: torch.tensor(one, requires_grad=True)
            for key, one in vars(given).items()
            if isinstance(one, np.ndarray) and one.dtype == np.float32 and key not in CONSTANT
        }
        vars(given).update(tensors)
        try:
            outputs = [
                one for one in listed(case(ops, given)) if one.is_floating_point() and one.requires_grad
            ]
            if outputs:
                weighed(outputs, torch.tensor).backward()
        except (TypeError, RuntimeError, AttributeError) as error:  # NumPy's functions, or no gradient
            print(f"no gradient of {name}: {error}")
            continue
        for key, one in tensors.items():
            if one.grad is not None:
                found[f"{name}:d{key}"] = np.array(one.grad.numpy())
    for one in found.values():
        if one.dtype == np.float32:
            one.view(np.int32)[...] &= ROUNDED
    np.savez_compressed(FILE, allow_pickle=False, **found)


if __name__ == "__main__":
    main()
