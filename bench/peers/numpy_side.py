"""The cases by hand in NumPy: the plainest way with its own functions, as a ceiling for the cpu backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.inputs import case_input, weight
from bench.models import NORM_EPS, TRANSFORMER, transformer_weight_shapes

Array = np.ndarray[Any, Any]


def version() -> str:
    """NumPy's."""
    return np.__version__


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def _layer_norm(x: Array, scale: Array, shift: Array, eps: float) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(eps)) * scale + shift


def _chain10(a: Array, b: Array) -> Array:
    inner = np.tanh(np.maximum(a * b + a, 0) - b) * a
    return np.exp(_sigmoid(inner * inner + b))


def _topk(x: Array, k: int) -> Array:
    places = np.argpartition(-x, k - 1, axis=-1)[..., :k]
    return -np.sort(-np.take_along_axis(x, places, -1), axis=-1)


def _sliced(x: Array, a: dict[str, Any]) -> Array:
    return x[tuple(slice(b, b + s) for b, s in zip(a["begin"], a["size"], strict=True))].copy()


CALLS: dict[str, Callable[[list[Array], dict[str, Any]], Array]] = {
    "add": lambda x, a: x[0] + x[1],
    "chain10": lambda x, a: _chain10(*x),
    "relu": lambda x, a: np.maximum(x[0], 0),
    "exp": lambda x, a: np.exp(x[0]),
    "tanh": lambda x, a: np.tanh(x[0]),
    "sigmoid": lambda x, a: _sigmoid(x[0]),
    "sum": lambda x, a: x[0].sum(tuple(a["axis"])),
    "mean": lambda x, a: x[0].mean(tuple(a["axis"])),
    "max": lambda x, a: x[0].max(tuple(a["axis"])),
    "softmax": lambda x, a: _softmax(x[0]),
    "transpose": lambda x, a: np.ascontiguousarray(x[0].transpose(a["perm"])),
    "concat": lambda x, a: np.concatenate(x, a["axis"]),
    "slice": lambda x, a: _sliced(x[0], a),
    "gather": lambda x, a: x[0].take(x[1], a["axis"]),
    "matmul": lambda x, a: x[0] @ x[1],
    "batch_norm": lambda x, a: (x[0] - x[1]) / np.sqrt(x[2] + np.float32(a["eps"])) * x[4] + x[3],
    "layer_norm": lambda x, a: _layer_norm(x[0], x[1], x[2], a["eps"]),
    "cumsum": lambda x, a: x[0].cumsum(a["axis"][0] if isinstance(a["axis"], list) else a["axis"]),
    "topk": lambda x, a: _topk(x[0], a["k"]),
    "max_pool": lambda x, a: (
        x[0].reshape(x[0].shape[0], x[0].shape[1] // 2, 2, x[0].shape[2] // 2, 2, -1).max((2, 4))
    ),
}


def prepare(case: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What is timed, and what gives its numbers; LookupError where nothing is written by hand."""
    if case["op"] == "model":
        run = _model(case)
    else:
        call, x = CALLS[case["op"]], [case_input(spec) for spec in case["inputs"]]
        run = lambda: call(x, case["attrs"])  # noqa: E731 - one of two
    return run, run


def _model(case: dict[str, Any]) -> Callable[[], Array]:
    if (case["model"], case["mode"]) not in (("mlp", "predict"), ("transformer4", "predict")):
        raise LookupError(case["model"])
    x = case_input(case["inputs"][0])
    return _mlp(x) if case["model"] == "mlp" else _transformer(x)


def _mlp(x: Array) -> Callable[[], Array]:
    shapes = ((784, 512), (512, 512), (512, 10))
    parameters = [(weight(2 * i, shape), weight(2 * i + 1, shape[1:])) for i, shape in enumerate(shapes)]

    def run() -> Array:
        h = x
        for kernel, bias in parameters[:-1]:
            h = np.maximum(h @ kernel + bias, 0)
        kernel, bias = parameters[-1]
        return _softmax(h @ kernel + bias)

    return run


def _transformer(x: Array) -> Callable[[], Array]:
    tokens, width, count = (TRANSFORMER[key] for key in ("tokens", "width", "heads"))
    shapes = transformer_weight_shapes()
    blocks = [
        {name: weight(b * len(shapes) + i, shape, kind) for i, (name, shape, kind) in enumerate(shapes)}
        for b in range(TRANSFORMER["blocks"])
    ]

    def heads(t: Array) -> Array:
        return t.reshape(tokens, count, width // count).transpose(1, 0, 2)

    def run() -> Array:
        h = x
        for w in blocks:
            n = _layer_norm(h, w["gamma1"], w["beta1"], NORM_EPS)
            q, k, v = (heads(n @ w["w" + s] + w["b" + s]) for s in "qkv")
            shares = _softmax(q @ k.transpose(0, 2, 1) * np.float32((width // count) ** -0.5))
            h = h + (shares @ v).transpose(1, 0, 2).reshape(tokens, width) @ w["wo"] + w["bo"]
            n = _layer_norm(h, w["gamma2"], w["beta2"], NORM_EPS)
            h = h + np.maximum(n @ w["w1"] + w["c1"], 0) @ w["w2"] + w["c2"]
        return h

    return run
