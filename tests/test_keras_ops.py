"""`gl.ops` beyond what TF.js has: what Keras 3.15 gives for each of `tools.keras_op_cases`, and its gradients."""

import importlib
import inspect
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.layers.operation import spellings
from glbackend.ops.further.names import IMAGE, LINALG, MODULE_OF, MODULES
from tests.test_house import is_documented
from tools.keras_op_cases import CASES, listed, numbers
from tools.keras_op_goldens import FILE, weighed

GOLDEN = {key: one for key, one in np.load(FILE).items()}  # noqa: C416 - read once
GRADIENTS = sorted({key.split(":")[0] for key in GOLDEN if ":d" in key})


def as_numbers(one: Any) -> np.ndarray:
    return np.asarray(one.numpy() if isinstance(one, gl.Tensor) else one)


def test_every_case_has_its_golden() -> None:
    assert {key.split(":")[0] for key in GOLDEN} == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_gives_what_keras_gives(name: str, backend: str) -> None:
    found = [as_numbers(one) for one in listed(CASES[name](gl.ops, numbers()))]
    wanted = [
        GOLDEN[f"{name}:{i}"]
        for i in range(sum(key.startswith(f"{name}:") and ":d" not in key for key in GOLDEN))
    ]
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.shape == other.shape
        kind = other.dtype.kind.replace("u", "i")
        assert one.dtype.kind == kind or name == "histogram"  # PyTorch counts in floats
        np.testing.assert_allclose(one.astype("f8"), other.astype("f8"), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", GRADIENTS)
def test_has_the_gradient_that_keras_has(name: str, backend: str) -> None:
    names = [key.partition(":d")[2] for key in GOLDEN if key.startswith(f"{name}:d")]
    given = numbers()

    def loss(*tensors: gl.Tensor) -> gl.Tensor:
        vars(given).update(zip(names, tensors, strict=True))
        outputs = [one for one in listed(CASES[name](gl.ops, given)) if one.dtype == "float32"]
        return weighed(outputs, gl.tensor)

    gradients = gl.grads(loss)([getattr(given, key) for key in names])
    for key, found in zip(names, gradients, strict=True):
        wanted = GOLDEN[f"{name}:d{key}"]
        np.testing.assert_allclose(
            found.numpy(), wanted, rtol=2e-3, atol=2e-4 * max(1, np.abs(wanted).max()), err_msg=key
        )


@pytest.mark.parametrize("name", MODULE_OF)
def test_is_documented(name: str) -> None:
    namespace = gl.ops.image if name in IMAGE else gl.ops
    function = inspect.unwrap(getattr(namespace, name))
    is_documented(function, inspect.signature(function).parameters)
    assert name not in LINALG or getattr(gl.ops.linalg, name).__wrapped__


def test_the_table_names_all_that_modules_have() -> None:
    """What is public in a module is in the table, but for what its neighbours use."""
    shared = {
        "namesakes": {"counts", "truths"}, "elementwise": {"floats", "same_dtype", "tensor_of"}, "images": {"images_of"}, "linalg": {"matrices", "symmetric", "turned"},
        "blocks": {"several", "points_of_windows"},
    }  # fmt: skip
    for module, names in MODULES.items():
        found = importlib.import_module(f"glbackend.ops.further.{module}")
        own = {
            name
            for name, one in vars(found).items()
            if not name.startswith("_") and inspect.isfunction(one) and one.__module__ == found.__name__
        }
        assert own - shared.get(module, set()) == set(names.split()), module


def test_they_are_imported_when_they_are_asked_for() -> None:
    """Only the loss of `ctc` needs some of them before."""
    code = "import sys, glbackend; print(*[one for one in sys.modules if '.ops.further.' in one])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {one.rpartition(".")[2] for one in done.stdout.split()} == {"names", "ctc", "elementwise"}


def test_every_name_of_keras_answers() -> None:
    """With the function, or with what to write instead."""
    for name in spellings():
        space, _, short = name.rpartition(".")
        namespace = getattr(gl.ops, space) if space else gl.ops
        if not hasattr(namespace, short):
            with pytest.raises(AttributeError, match=r"no such op: "):
                getattr(namespace, short)
