"""The cases of cases.json and families.json as calls of the public library, on either backend.

The names and inputs are those on which TensorFlow.js was measured. An op says which public names it needs,
so a case whose op the library does not have yet is reported as not built instead of failing. A case of
families.json names its public function itself, so that a further kernel costs one line of JSON.
"""

from __future__ import annotations

import importlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.checksum import sum_scale
from bench.inputs import case_input, labels, weight
from bench.models import LAYERS, NORM_EPS, TRANSFORMER, transformer_weight_shapes
from bench.timing import Work

Case = dict[str, Any]
Values = npt.NDArray[Any]
SUITES = ("kernels", "models", "layers", "transfer")
LAYER_BATCH = 64


@dataclass(frozen=True)
class Op:
    """How one op is called: `call(gl, inputs, attrs)`, and the public names that it takes."""

    needs: tuple[str, ...]
    call: Callable[[Any, list[Any], dict[str, Any]], Any]


@dataclass(frozen=True)
class Subject:
    """A case made ready on the current backend: what is timed, and the numbers that it is judged by."""

    work: Work[Any]
    values: Callable[[], Values]


def load(
    pattern: str = ".",
    suites: tuple[str, ...] = SUITES,
    files: tuple[str, ...] = ("cases.json", "families.json"),
) -> list[Case]:
    """Gives the cases of the suites whose names match the regular expression."""
    here = Path(__file__).parent
    cases = [
        {"op": "call", "attrs": {}, **case}
        for file in files
        for case in json.loads((here / file).read_text())["cases"]
    ]
    cases += _layers() if "layers" in suites else []
    return [c for c in cases if re.search(pattern, c["name"]) and suite_of(c) in suites]


def _layers() -> list[Case]:
    """Gives a case for each layer class: the first one that glbackend/testing/cases/layers declares of it.

    Layers over text have none: they compute on the host. TensorFlow.js applies constraints to weights that
    are set, so a case without comes first. `config` is all that a file would say.
    """
    # of all suites this one takes them
    from glbackend.layers.layer import LAYERS  # noqa: PLC0415
    from glbackend.layers.noise import Drawing  # noqa: PLC0415
    from glbackend.testing.layer_case import layer_cases  # noqa: PLC0415

    text = {case.class_name for case in layer_cases() if case.inputs[0].dtype == object}
    free = sorted(layer_cases(), key=lambda case: "constraint" in json.dumps(dict(case.config)))
    first = {case.class_name: case for case in reversed(free) if case.class_name not in text}
    return [
        {
            "name": f"layer_{name}",
            "op": "layer",
            "call": f"layers.{name}",
            "class_name": name,
            "attrs": _filled(case),
            "config": case.make().get_config() | _filled(case),
            "training": case.training,
            "random": issubclass(LAYERS.find(name).thing, Drawing),
            "inputs": [_layer_input(one, i + 1) for i, one in enumerate(case.inputs)],
        }
        for name, case in sorted(first.items())
    ]


def _filled(case: Any) -> dict[str, Any]:
    """Gives the config with the dims of the inputs in shapes of noise, where TensorFlow.js takes no None."""
    config = dict(case.config)
    if shape := config.get("noise_shape"):
        dims = (LAYER_BATCH, *case.inputs[0].shape[1:])
        config["noise_shape"] = [given or dim for given, dim in zip(shape, dims, strict=True)]
    return config


def _layer_input(sample: Any, seed: int) -> dict[str, Any]:
    """Gives an input like the sample, in a batch of LAYER_BATCH."""
    spec = {"shape": [LAYER_BATCH, *sample.shape[1:]], "seed": seed}
    return spec if sample.dtype.kind == "f" else {**spec, "dtype": "int32", "hi": int(sample.max()) + 1}


def suite_of(case: Case) -> str:
    """Gives the suite a case belongs to."""
    if case["op"] == "layer":
        return "layers"
    if case["op"] in ("upload", "download"):
        return "transfer"
    return "models" if case["op"] == "model" else "kernels"


def tolerance(case: Case) -> float:
    """Gives how far webgl may lie from cpu, relative to the result's scale.

    Models add up many roundings; a bilinear weight is the fraction of a coordinate of some hundred pixels, so
    that those cases give a tolerance of their own.
    """
    return float(case.get("tolerance", 1e-4 if case["op"] == "model" else 1e-5))


def least_scale(case: Case) -> float:
    """Gives the scale of results whose own values may cancel to nearly nothing: sums and means."""
    if case["op"] not in ("sum", "mean"):
        return 0.0
    n = math.prod(case["inputs"][0]["shape"][axis] for axis in case["attrs"]["axis"])
    return sum_scale(n) / (n if case["op"] == "mean" else 1)


def _chain10(gl: Any, x: list[Any], attrs: dict[str, Any]) -> Any:
    a, b = x
    inner = gl.tanh(gl.sub(gl.relu(gl.add(gl.mul(a, b), a)), b))
    return gl.exp(gl.sigmoid(gl.add(gl.square(gl.mul(inner, a)), b)))


def _layer_norm(gl: Any, x: Any, scale: Any, shift: Any, eps: float) -> Any:
    centred = gl.sub(x, gl.mean(x, -1, True))
    inverse = gl.rsqrt(gl.add(gl.mean(gl.square(centred), -1, True), eps))
    return gl.add(gl.mul(gl.mul(centred, inverse), scale), shift)


def _batch_norm_in_training(gl: Any, x: Any, offset: Any, scale: Any, eps: float) -> Any:
    """As the layer does it: by the moments of the batch."""
    return _kernel("normalize", "normalize")(x, offset, scale, "channel", eps)[0]


def _layer_norm_kernel(gl: Any, x: Any, scale: Any, offset: Any, eps: float) -> Any:
    """As the layer does it; `layer_norm` is the same in ordinary ops."""
    return _kernel("normalize", "normalize")(x, offset, scale, "row", eps)[0]


def _lstm_over_time(gl: Any, x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """The last h, as the layer does it: one product for all inputs, one kernel for all steps."""
    batch, steps, features = x.shape
    z = gl.fused.matmul(gl.reshape(x, [batch * steps, features]), kernel, bias=bias)
    gates = gl.reshape(z, [batch, steps, z.shape[-1]])
    return _kernel("recurrent", "rnn")("lstm", gates, [], recurrent)[0][:, -1]


def _kernel(family: str, name: str) -> Any:
    """A function that layers use and that is no public name; LookupError where the library has none yet."""
    try:
        return getattr(importlib.import_module(f"glbackend.ops.{family}"), name)
    except ImportError as error:
        raise LookupError(str(error)) from None


COMPOSED = {
    "batch_norm_in_training": _batch_norm_in_training,
    "layer_norm_kernel": _layer_norm_kernel,
    "lstm_over_time": _lstm_over_time,
}


def _unary(name: str) -> Op:
    return Op((name,), lambda gl, x, a: getattr(gl, name)(x[0]))


def _reduction(name: str) -> Op:
    return Op((name,), lambda gl, x, a: getattr(gl, name)(x[0], a["axis"]))


CHAIN_NEEDS = ("mul", "add", "relu", "sub", "tanh", "square", "sigmoid", "exp")
NORM_NEEDS = ("sub", "mean", "rsqrt", "add", "square", "mul")

OPS: dict[str, Op] = {
    **{name: _unary(name) for name in ("relu", "exp", "tanh", "sigmoid", "softmax")},
    **{name: _reduction(name) for name in ("sum", "mean", "max")},
    "add": Op(("add",), lambda gl, x, a: gl.add(*x)),
    "chain10": Op(CHAIN_NEEDS, _chain10),
    "transpose": Op(("transpose",), lambda gl, x, a: gl.transpose(x[0], a["perm"])),
    "concat": Op(("concat",), lambda gl, x, a: gl.concat(x, a["axis"])),
    "slice": Op(("slice",), lambda gl, x, a: gl.slice(x[0], a["begin"], a["size"])),
    "gather": Op(("gather",), lambda gl, x, a: gl.gather(*x, a["axis"])),
    "matmul": Op(("matmul",), lambda gl, x, a: gl.matmul(*x)),
    "conv2d": Op(("conv2d",), lambda gl, x, a: gl.conv2d(*x, a["strides"], a["pad"])),
    "depthwise_conv2d": Op(
        ("depthwise_conv2d",), lambda gl, x, a: gl.depthwise_conv2d(*x, a["strides"], a["pad"])
    ),
    "fused_conv2d": Op(
        ("fused.conv2d",), lambda gl, x, a: gl.fused.conv2d(x=x[0], filter=x[1], bias=x[2], **a)
    ),
    "max_pool": Op(("max_pool",), lambda gl, x, a: gl.max_pool(x[0], a["size"], a["strides"], a["pad"])),
    "batch_norm": Op(("batch_norm",), lambda gl, x, a: gl.batch_norm(*x, a["eps"])),
    "resize_bilinear": Op(
        ("image.resize_bilinear",),
        lambda gl, x, a: gl.image.resize_bilinear(
            x[0], a["size"], a["align_corners"], a["half_pixel_centers"]
        ),
    ),
    "layer_norm": Op(NORM_NEEDS, lambda gl, x, a: _layer_norm(gl, x[0], x[1], x[2], a["eps"])),
    "cumsum": Op(("cumsum",), lambda gl, x, a: gl.cumsum(x[0], a["axis"])),
    "topk": Op(("topk",), lambda gl, x, a: gl.topk(x[0], a["k"]).values),
    "upload": Op(("neg", "slice"), lambda gl, x, a: x[0]),
    "download": Op(("neg",), lambda gl, x, a: gl.neg(x[0])),
}
TRAIN_NEEDS = ("train.adam", "clip_by_value", "log", "neg", "mean", "sum", "mul")
TRANSFORMER_NEEDS = (*NORM_NEEDS, "matmul", "softmax", "transpose", "reshape", "relu")


def _called(gl: Any, case: Case, x: list[Any]) -> Any:
    """Gives the result of a case of families.json, or its gradient with respect to input `wrt`.

    "#n" among the arguments is input n; a gradient's dy is the last input; `take` picks one of several
    outputs. With `computed` the inputs are results of an op, that is, on the device and nowhere else.
    """
    if case.get("computed"):
        x = [gl.add(one, gl.scalar(0, one.dtype)) for one in x]

    def call(inputs: list[Any]) -> Any:
        args = [inputs[int(a[1:])] if isinstance(a, str) and a[0] == "#" else a for a in case["args"]]
        if case["call"] in COMPOSED:
            return COMPOSED[case["call"]](gl, *args)
        return _named(gl, case["call"])(*args)

    if "wrt" in case:
        at = case["wrt"]
        return gl.grad(lambda v: call([*x[:at], v, *x[at + 1 :]]))(x[at], x[-1])
    return call(x)[case["take"]] if "take" in case else call(x)


def missing(gl: Any, case: Case) -> list[str]:
    """Gives the public names that the case needs and the library does not have yet."""
    needs: tuple[str, ...]
    if case["op"] in ("call", "layer"):
        needs = (case["call"], "grad", "real")
    elif case["op"] != "model":
        needs = OPS[case["op"]].needs
    elif case["model"] == "transformer4":
        needs = TRANSFORMER_NEEDS
    else:
        layers = {f"layers.{name}" for name, _ in LAYERS[case["model"]]()}
        train = {"predict": (), "train_step": TRAIN_NEEDS, "train_on_batch": ("train.adam",)}[case["mode"]]
        needs = ("sequential", *sorted(layers), *train)
    wanted = dict.fromkeys(("tensor", "tidy", "slice", *needs))  # each once, in order
    return [name for name in wanted if _named(gl, name) is None]


def _named(gl: Any, dotted: str) -> Any:
    """Gives the public name, None where the library does not have it."""
    return reduce(lambda at, name: getattr(at, name, None), dotted.split("."), gl)


def draw_count(gl: Any) -> int:
    """Gives how many draws the current backend has made; 0 on one that does not draw."""
    return int(getattr(gl.engine().backend, "draw_count", 0))


def _gpu_ms(gl: Any) -> Callable[[Callable[[], object]], float | None] | None:
    """Gives the backend's timer query, None where it has none."""
    return getattr(gl.engine().backend, "gpu_time_ms", None)


def composite(case: Case) -> bool:
    """Whether a function of several ops is timed, which a user may capture as a graph."""
    return case["op"] in ("chain10", "layer_norm") or (
        case["op"] == "model" and (case["model"] == "transformer4" or case["mode"] == "train_step")
    )


def prepare(gl: Any, case: Case, capture: bool = False) -> Subject:
    """Gives the case on the library's current backend; its names must exist (see `missing`).

    With `capture` a composite case is run as `gl.function` captures it.
    """
    captured = gl.function if capture else lambda run: run
    if case["op"] == "model":
        return _model(gl, case, captured)
    arrays = [case_input(spec) for spec in case["inputs"]]
    attrs = case["attrs"]
    if case["op"] == "upload":
        begin, size = [0] * arrays[0].ndim, [1] * arrays[0].ndim
        work = _work(gl, lambda: gl.tidy(lambda: gl.slice(gl.tensor(arrays[0]), begin, size)))
        # Judged by a round trip: up, through a draw, and down again.
        return Subject(work, lambda: gl.tidy(lambda: gl.neg(gl.neg(gl.tensor(arrays[0]))).numpy()))
    x = [gl.tensor(a) for a in arrays]
    if case["op"] == "layer":
        return _layer(gl, case, x)

    def run(*x: Any) -> Any:
        return _called(gl, case, [*x]) if case["op"] == "call" else OPS[case["op"]].call(gl, [*x], attrs)

    run = captured(run)

    def call() -> Any:
        return gl.tidy(lambda: run(*x))

    after = (lambda y: y.data_sync()) if case["op"] == "download" else None
    return Subject(_work(gl, call, after=after), lambda: _read(call()))


def _work(
    gl: Any, call: Callable[[], Any], after: Callable[[Any], Any] | None = None, queue: bool = True
) -> Work[Any]:
    def wait(t: Any) -> None:
        """Returns when all that was queued has run: reads back one element of t."""
        t = gl.real(t) if t.dtype == "complex64" else t
        rank = len(t.shape)
        one = gl.slice(t, [0] * rank, [1] * rank) if rank else t
        one.data_sync()

    release = lambda t: t.dispose()  # noqa: E731 - a name for the field below
    return Work(call=call, wait=wait, release=release, after=after, queueable=queue, gpu=_gpu_ms(gl))


def _read(t: Any) -> Values:
    values: Values = t.numpy()
    t.dispose()
    return values.view(np.float32) if values.dtype == np.complex64 else values


def _model(gl: Any, case: Case, captured: Callable[[Any], Any]) -> Subject:
    x = gl.tensor(case_input(case["inputs"][0]))
    if case["model"] == "transformer4":
        run = captured(_transformer(gl))
        return _predicting(gl, lambda: run(x))
    model = gl.sequential([getattr(gl.layers, name)(**args) for name, args in LAYERS[case["model"]]()])
    _set_weights(gl, model.layers)
    batch = case["inputs"][0]["shape"][0]
    if case["mode"] == "predict":
        return _predicting(gl, lambda: model.predict(x, batch_size=batch))
    return _training(gl, case, model, x, gl.tensor(labels(batch, model.outputs[0].shape[-1])), captured)


def _layer(gl: Any, case: Case, x: list[Any]) -> Subject:
    layer = _named(gl, case["call"])(**case["attrs"])
    given = x if len(x) > 1 else x[0]

    def run() -> Any:
        y = layer(given, training=case["training"])
        return y.clone() if y is given else y

    def judged() -> Values:
        for one in layer._with_inner_layers():
            if getattr(one, "seeds", None) is not None:  # the same draws whatever was drawn before
                one.seeds.start(one.seed)
        return _read(gl.tidy(run))

    gl.tidy(run)  # makes the weights
    _set_weights(gl, [layer])
    return Subject(_predicting(gl, run).work, judged)


def _predicting(gl: Any, run: Callable[[], Any]) -> Subject:
    def call() -> Any:
        return gl.tidy(run)

    return Subject(_work(gl, call), lambda: _read(call()))


def _set_weights(gl: Any, layers: list[Any]) -> None:
    number = 0
    for layer in layers:
        fresh = []
        for variable in layer.weights:
            name = getattr(variable, "original_name", None) or variable.name
            fresh.append(gl.tensor(weight(number, tuple(variable.shape), name)))
            number += 1
        if fresh:
            layer.set_weights(fresh)


def _training(gl: Any, case: Case, model: Any, x: Any, y: Any, captured: Callable[[Any], Any]) -> Subject:
    """Gives one Adam step on the cross-entropy, judged by the losses of the first three steps."""
    adam = gl.train.adam(1e-3, 0.9, 0.999, 1e-7)
    variables = [w.read() if hasattr(w, "read") else w for w in model.trainable_weights]
    last = variables[-1]  # updated last, so waiting for it waits for the step
    losses: list[Any] = []

    @captured
    def minimize(x: Any, y: Any) -> Any:
        def loss() -> Any:
            p = gl.clip_by_value(model.apply(x, training=True), 1e-7, 1 - 1e-7)
            return gl.mean(gl.neg(gl.sum(gl.mul(y, gl.log(p)), -1)))

        return adam.minimize(loss, return_cost=True, var_list=variables)

    def step() -> Any:
        cost = minimize(x, y)
        if len(losses) < 3:
            losses.append(gl.keep(cost))
        else:
            cost.dispose()
        return gl.add(last, 0.0)

    def on_batch() -> Any:
        cost = model.train_on_batch(x, y)
        if len(losses) < 3:
            losses.append(cost)
        return gl.add(last, 0.0)

    by_layers = case["mode"] == "train_on_batch"
    if by_layers:
        model.compile(optimizer=adam, loss="categoricalCrossentropy")
    call = on_batch if by_layers else step

    def values() -> Values:
        while len(losses) < 3:
            call().dispose()
        return np.array([c.item() if hasattr(c, "item") else c for c in losses], np.float32)

    return Subject(_work(gl, call, queue=not by_layers), values)


def _transformer(gl: Any) -> Callable[[Any], Any]:
    """Gives four pre-norm blocks from core operations, as a function of [tokens, width]."""
    tokens, width, heads = (TRANSFORMER[k] for k in ("tokens", "width", "heads"))
    shapes = transformer_weight_shapes()
    stack = [
        {
            name: gl.tensor(weight(b * len(shapes) + i, shape, kind))
            for i, (name, shape, kind) in enumerate(shapes)
        }
        for b in range(TRANSFORMER["blocks"])
    ]

    def affine(x: Any, w: Any, c: Any) -> Any:
        return gl.add(gl.matmul(x, w), c)

    def split(x: Any) -> Any:
        return gl.transpose(gl.reshape(x, [tokens, heads, width // heads]), [1, 0, 2])

    def attend(h: Any, w: dict[str, Any]) -> Any:
        q, k, v = (split(affine(h, w["w" + n], w["b" + n])) for n in "qkv")
        scores = gl.mul(gl.matmul(q, k, False, True), (width / heads) ** -0.5)
        context = gl.transpose(gl.matmul(gl.softmax(scores), v), [1, 0, 2])
        return affine(gl.reshape(context, [tokens, width]), w["wo"], w["bo"])

    def block(x: Any, w: dict[str, Any]) -> Any:
        a = gl.add(x, attend(_layer_norm(gl, x, w["gamma1"], w["beta1"], NORM_EPS), w))
        hidden = gl.relu(affine(_layer_norm(gl, a, w["gamma2"], w["beta2"], NORM_EPS), w["w1"], w["c1"]))
        return gl.add(a, affine(hidden, w["w2"], w["c2"]))

    return lambda x: reduce(block, stack, x)
