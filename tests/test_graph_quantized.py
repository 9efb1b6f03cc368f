"""Weights that stay quantised on the device: the same results, in a fraction of the textures' bytes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError
from glbackend.engine.storage import Coded
from tests.graph_making import artifacts, kernels, node, placeholder

RNG = np.random.default_rng(11)
CONV = {"strides": [1, 1, 1, 1], "padding": "SAME"}


def save(folder: Path, quantization: str) -> None:
    """Weights read by dense kernels, by a chain of rows, by a reduction and by movement, 5 channels wide."""
    weights = {
        "w": RNG.normal(size=(3, 3, 23, 5)), "d": RNG.normal(size=(15, 15, 5, 1)), "m": RNG.normal(size=(5, 213)),
        "a": RNG.normal(size=(8, 8, 213)), "p": RNG.uniform(1, 2, (213, 5)), "b": RNG.normal(size=213),
    }  # fmt: skip
    nodes = [
        placeholder("x", [-1, 8, 8, 23]),
        node("conv", "Conv2D", "x", "w", **CONV),
        node("deep", "DepthwiseConv2dNative", "conv", "d", **CONV),
        node("flat", "Reshape", "deep", "rows"),
        node("product", "MatMul", "flat", "m"),
        node("biased", "BiasAdd", "product", "b"),
        node("image", "Reshape", "biased", "shape"),
        node("sum", "AddV2", "image", "a"),
        node("total", "Sum", "w_again", "axis"),
        node("w_again", "Mul", "w", "one"),
        node("turned", "Transpose", "w", "perm"),
        node("positive", "Sqrt", "p"),
    ]
    small = {
        "rows": np.array([-1, 5]), "shape": np.array([-1, 8, 8, 213]), "axis": np.array([3]), "perm": np.array([3, 2, 0, 1]),
    }  # fmt: skip
    given = {name: array.astype(np.float32) for name, array in weights.items()} | {
        "one": np.ones(1, np.float32)
    }
    made = artifacts(nodes, {**given, **{name: array.astype(np.int32) for name, array in small.items()}})
    gl.io.save_artifacts(made, folder, quantization=quantization)


OUTPUTS = ["conv", "sum", "total", "turned", "positive"]


def texture_bytes(model: Any) -> int:
    """Bytes of the textures of a model's weights."""
    forms = [form for tensor in model.weights.values() for form in tensor.handle.storage.forms.values()]
    return sum(form.texture.nbytes for form in forms)


@pytest.mark.parametrize(("quantization", "share"), [("uint8", 0.35), ("uint16", 0.6), ("float16", 0.55)])
def test_results_and_bytes(tmp_path: Path, quantization: str, share: float, backend: str) -> None:
    save(tmp_path, quantization)
    x = RNG.normal(size=(1, 8, 8, 23)).astype(np.float32)
    found, sizes = [], []
    for keep in (False, True):
        model = gl.load_graph_model(tmp_path, keep_quantized=keep)
        found.append([one.numpy() for one in model.execute(x, OUTPUTS)])
        sizes.append(texture_bytes(model) if backend == "webgl" else 0)
        kept = {name for name, one in model.weights.items() if isinstance(one.handle.storage, Coded)}
        assert kept == (
            {"w", "d", "a", "m"} | ({"p"} if quantization == "float16" else set()) if keep else set()
        )
        model.dispose()
    for whole, small, name in zip(*found, OUTPUTS, strict=True):
        np.testing.assert_allclose(small, whole, 1e-4, 1e-4 * np.abs(whole).max(), err_msg=name)
    if backend == "webgl":
        assert 0 < sizes[1] < share * sizes[0]


def test_it_goes_with_files() -> None:
    with pytest.raises(ArgumentError, match="go with paths"):
        gl.load_graph_model(gl.io.from_memory(), keep_quantized=True)


def test_a_norm_leaves_a_quantised_filter_as_it_is(tmp_path: Path) -> None:
    moments = {name: RNG.uniform(0.5, 2, 8).astype(np.float32) for name in ("s", "o", "m", "v")}
    nodes = [
        placeholder("x", [-1, 8, 8, 23]),
        node("conv", "Conv2D", "x", "w", **CONV),
        node("y", "FusedBatchNormV3", "conv", "s", "o", "m", "v", epsilon=0.01, is_training=False),
    ]
    gl.io.save_artifacts(
        artifacts(nodes, moments | {"w": RNG.normal(size=(3, 3, 23, 8)).astype(np.float32)}),
        tmp_path, quantization={"w": "uint8"},
    )  # fmt: skip
    x = RNG.normal(size=(1, 8, 8, 23)).astype(np.float32)
    found = []
    for keep in (False, True):
        model = gl.load_graph_model(tmp_path, keep_quantized=keep)
        found.append(model.predict(x).numpy())
        assert kernels(model) == (["FusedConv2D"] if not keep else ["Conv2D", "FusedBatchNorm"])
        model.dispose()
    np.testing.assert_allclose(*found, 1e-4, 1e-4)
