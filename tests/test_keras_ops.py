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
        "namesakes": {"truths"}, "elementwise": {"counts", "floats", "in_kind", "same_dtype", "tensor_of"}, "images": {"images_of"}, "linalg": {"matrices", "symmetric", "turned"},
        "blocks": {"several", "points_of_windows"}, "ctc": {"refuse_longer"},
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


def test_random_numbers_are_spread_as_they_should(backend: str) -> None:
    r, many = gl.random, (4000,)
    cases = {
        "gamma": (r.gamma(many, 3.0, seed=1), 3.0, 3.0), "beta": (r.beta(many, 2.0, 3.0, seed=2), 0.4, 0.04),
        "binomial": (r.binomial(many, 10, 0.3, seed=3), 3.0, 2.1), "dropout": (r.dropout(np.ones(many, "f4"), 0.25, seed=4), 1.0, 1 / 3),
        "categorical": (r.categorical(np.log([[0.2, 0.8]]).astype("f4"), 4000, seed=5), 0.8, 0.16),
    }  # fmt: skip
    for name, (drawn, mean, variance) in cases.items():
        array = drawn.numpy().astype("f8")
        assert abs(array.mean() - mean) < 5 * (variance / 4000) ** 0.5, name
        assert abs(array.var() / variance - 1) < 0.2, name
    rows = np.arange(60.0).reshape(20, 3).astype("f4")
    found = r.shuffle(rows, seed=6).numpy()
    assert not np.array_equal(found, rows) and np.array_equal(found[found[:, 0].argsort()], rows)
    assert np.array_equal(found, r.shuffle(rows, seed=6).numpy())
    assert np.array_equal(np.sort(r.shuffle(rows, 1, seed=6).numpy(), 1), rows)
    np.testing.assert_array_equal(r.dropout(rows, 1.0).numpy(), rows * 0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda o: o.bitwise_and([1.0], [2.0]), "whole numbers"),
        (lambda o: o.bitwise_or([1, 2], [1, 2, 3]), "bitwise_or"),
        (lambda o: o.array_split([1.0, 2.0], 0), "1 part at least"),
        (lambda o: o.vsplit([1.0, 2.0], 2), "2 axes at least"),
        (lambda o: o.cross([1.0, 2.0, 3.0, 4.0], [1.0, 2.0]), "2 or 3 elements"),
        (lambda o: o.vdot([1.0], [1.0, 2.0]), "equally many"),
        (lambda o: o.rearrange([[1.0]], "a b -> a c"), "name the same axes"),
        (lambda o: o.rearrange([[1.0, 2.0, 3.0]], "a (b c) -> a b c", b=2), "do not fit an axis of 3"),
        (lambda o: o.select([], []), "as many choices"),
        (lambda o: o.nanquantile([1.0], 2.0), "q from 0 to 1"),
        (lambda o: o.segment_max([[1.0]], [[0]]), "a number for each row"),
        (lambda o: o.histogram([[1.0]], 3), "must be a vector"),
        (lambda o: o.histogram([1.0], 3, (2.0, 1.0)), "must go up"),
        (lambda o: o.conv(np.ones((1, 4, 3), "f4"), np.ones((2, 2, 5), "f4")), "does not fit 3 channels"),
        (lambda o: o.conv(np.ones((4, 3), "f4"), np.ones((2, 2, 5), "f4")), "3 to 5 axes"),
        (lambda o: o.conv(np.ones((1, 4, 3), "f4"), np.ones((2, 3, 5), "f4"), 1, "causal"), "padding"),
        (lambda o: o.max_pool(np.ones((1, 4, 3), "f4"), (2, 2)), "pool_size"),
        (lambda o: o.dot_product_attention([[1.0]], [[1.0]], [[1.0]]), "needs"),
        (lambda o: o.ctc_decode([[[1.0]]], [1], "beam_search"), "strategy"),
        (lambda o: o.ctc_loss([[1, 1]], [[[0.0, 1.0]]], [2], [1]), "cannot be spelled"),
        (lambda o: o.inv([[1.0, 2.0]]), "square matrices"),
        (lambda o: o.solve([[1.0]], [[1.0], [2.0]]), "does not fit"),
        (lambda o: o.norm([[1.0]], "max"), "'fro', 'nuc'"),
        (lambda o: o.fft([1.0, 2.0, 3.0]), "two tensors"),
        (lambda o: o.image.crop_images(np.ones((4, 4, 1), "f4"), 1, 1), "exactly two of"),
        (lambda o: o.image.pad_images(np.ones((4, 4, 1), "f4"), 1, 1, target_height=3, target_width=9), "at least 0"),
        (lambda o: o.image.rgb_to_hsv(np.ones((4, 4, 1), "f4")), "3 channels"),
        (lambda o: o.image.map_coordinates([1.0], [[0.5], [0.5]], 1), "coordinates along 1 axes"),
        (lambda o: o.image.resize([[1.0]], (2, 2)), "3 or 4 axes"),
        (lambda o: o.in_top_k([0], [1.0], 1), "in_top_k"),
        (lambda o: o.unstack([1.0, 2.0], 3), "has 2"),
        (lambda o: o.where([True], [1.0]), "give both"),
        (lambda o: o.repeat([1.0, 2.0], [1, 2, 3]), "of each of 2 elements"),
        (lambda o: gl.random.categorical([1.0], 2), r"\[rows, classes\]"),
    ],
)  # fmt: skip
def test_wrong_calls_are_errors(call: Any, said: str) -> None:
    gl.set_backend("cpu")
    with pytest.raises((ValueError, TypeError), match=said):
        call(gl.ops)
