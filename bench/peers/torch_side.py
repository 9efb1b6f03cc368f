"""The cases on PyTorch, one thread; images lie channels last in memory, as ours do. Imported where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F

from bench.inputs import case_input, labels, weight
from bench.models import LAYERS, NORM_EPS, TRANSFORMER, transformer_weight_shapes

Tensor = Any
torch.set_num_threads(1)


def version() -> str:
    """PyTorch's."""
    return str(torch.__version__)


def _first(x: Tensor) -> Tensor:
    """Channels last, seen as PyTorch counts: channels first."""
    return x.permute(0, 3, 1, 2)


def _last(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1)


def _filter(w: Tensor) -> Tensor:
    return w.permute(3, 2, 0, 1)


def _conv(x: Tensor, w: Tensor, stride: int, pad: str, bias: Tensor = None, groups: int = 1) -> Tensor:
    """With TensorFlow's padding, whose odd row lies below."""
    before = after = 0
    if pad == "same":
        (size,), k = {x.shape[2], x.shape[3]}, w.shape[2]
        total = max((-(-size // stride) - 1) * stride + k - size, 0)
        before, after = total // 2, total - total // 2
        if before != after:
            x, before = F.pad(x, (before, after, before, after)), 0
    return F.conv2d(x, w, bias, stride, before, 1, groups)


def _layer_norm(x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], scale, shift, eps)


def _chain10(a: Tensor, b: Tensor) -> Tensor:
    return torch.exp(torch.sigmoid(torch.square(torch.tanh(torch.relu(a * b + a) - b) * a) + b))


def _sliced(x: Tensor, a: dict[str, Any]) -> Tensor:
    return x[tuple(slice(b, b + s) for b, s in zip(a["begin"], a["size"], strict=True))].clone()


OPS: dict[str, Callable[[list[Tensor], dict[str, Any]], Tensor]] = {
    "add": lambda x, a: x[0] + x[1],
    "chain10": lambda x, a: _chain10(*x),
    "relu": lambda x, a: torch.relu(x[0]),
    "exp": lambda x, a: torch.exp(x[0]),
    "tanh": lambda x, a: torch.tanh(x[0]),
    "sigmoid": lambda x, a: torch.sigmoid(x[0]),
    "sum": lambda x, a: x[0].sum(a["axis"]),
    "mean": lambda x, a: x[0].mean(a["axis"]),
    "max": lambda x, a: x[0].amax(a["axis"]),
    "softmax": lambda x, a: torch.softmax(x[0], -1),
    "transpose": lambda x, a: x[0].permute(a["perm"]).contiguous(),
    "concat": lambda x, a: torch.cat(x, a["axis"]),
    "slice": lambda x, a: _sliced(x[0], a),
    "gather": lambda x, a: torch.index_select(x[0], a["axis"], x[1]),
    "matmul": lambda x, a: x[0] @ x[1],
    "layer_norm": lambda x, a: _layer_norm(x[0], x[1], x[2], a["eps"]),
    "cumsum": lambda x, a: torch.cumsum(x[0], a["axis"]),
    "topk": lambda x, a: torch.topk(x[0], a["k"]).values,
    "conv2d": lambda x, a: _last(_conv(_first(x[0]), x[1], a["strides"], a["pad"])),
    "fused_conv2d": lambda x, a: _last(
        torch.clamp(_conv(_first(x[0]), x[1], a["strides"], a["pad"], x[2]), 0, 6)
    ),
    "depthwise_conv2d": lambda x, a: _last(
        _conv(_first(x[0]), x[1], a["strides"], a["pad"], None, x[0].shape[3])
    ),
    "max_pool": lambda x, a: _last(F.max_pool2d(_first(x[0]), a["size"], a["strides"])),
    "batch_norm": lambda x, a: _last(
        F.batch_norm(_first(x[0]), x[1], x[2], x[4], x[3], False, 0.0, a["eps"])
    ),
}


def _lstm(x: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
    """PyTorch's own layer, whose gates stand in the same order."""
    zero = x.new_zeros(1, x.shape[0], recurrent.shape[0])
    parameters = [kernel.T.contiguous(), recurrent.T.contiguous(), bias, torch.zeros_like(bias)]
    return torch.lstm(x, (zero, zero), parameters, True, 1, 0.0, torch.is_grad_enabled(), False, True)[1][0]


CALLS: dict[str, Callable[..., Tensor]] = {
    "erf": torch.erf,
    "softmax": lambda x: torch.softmax(x, -1),
    "conv2d": lambda x, w, stride, pad: _last(_conv(_first(x), w, stride, pad)),
    "depthwise_conv2d": lambda x, w, stride, pad: _last(_conv(_first(x), w, stride, pad, None, x.shape[3])),
    "max_pool": lambda x, size, stride, pad: _last(F.max_pool2d(_first(x), size, stride)),
    "avg_pool": lambda x, size, stride, pad: _last(F.avg_pool2d(_first(x), size, stride)),
    "batch_norm_in_training": lambda x, offset, scale, eps: _last(
        F.batch_norm(_first(x), None, None, scale, offset, True, 0.0, eps)
    ),
    "layer_norm_kernel": lambda x, scale, offset, eps: F.layer_norm(x, x.shape[-1:], scale, offset, eps),
    "losses.softmax_cross_entropy": lambda y, x: -(y * torch.log_softmax(x, -1)).sum(-1).mean(),
    "lstm_over_time": _lstm,
}


def prepare(case: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What is timed, and what gives its numbers; LookupError where PyTorch has no such thing."""
    torch.manual_seed(0)
    if case["op"] == "model":
        return _model(case)
    x = [torch.from_numpy(case_input(spec)) for spec in case["inputs"]]
    filters = "conv2d" in case["op"] or "conv2d" in case.get("call", "")
    depthwise = "depthwise" in case["op"] + case.get("call", "")
    if filters:
        x[1] = (x[1].permute(2, 3, 0, 1) if depthwise else _filter(x[1])).contiguous(
            memory_format=torch.contiguous_format if depthwise else torch.channels_last
        )
    if case["op"] != "call":
        call = OPS[case["op"]]
        run = torch.inference_mode()(lambda: call(x, case["attrs"]))
        return run, run
    named = CALLS[case["call"]]

    def value() -> Tensor:
        return named(*(x[int(a[1:])] if isinstance(a, str) and a[0] == "#" else a for a in case["args"]))

    if "wrt" not in case:
        run = torch.inference_mode()(value)
        return run, run
    variable = x[case["wrt"]].requires_grad_()
    backward = lambda: torch.autograd.grad(value(), variable, x[-1])[0]  # noqa: E731 - named twice
    if filters and case["wrt"] == 1:  # back to height, width, in, out
        return backward, lambda: backward().permute((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
    return backward, backward


def _model(case: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    x = torch.from_numpy(case_input(case["inputs"][0]))
    if case["model"] == "transformer4":
        run = torch.inference_mode()(_transformer(x))
        return run, run
    parameters: list[Tensor] = []
    forward = _layers(LAYERS[case["model"]](), parameters)
    if case["mode"] == "predict":
        run = torch.inference_mode()(lambda: forward(x, False))
        return run, run
    for one in parameters:
        one.requires_grad_(True)
    y = torch.from_numpy(labels(x.shape[0], parameters[-1].shape[0]))
    adam = torch.optim.Adam(parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-7)
    losses: list[float] = []

    def step() -> None:
        adam.zero_grad(set_to_none=True)
        loss = -(y * torch.log(torch.clamp(forward(x, True), 1e-7, 1 - 1e-7))).sum(-1).mean()
        loss.backward()
        adam.step()
        if len(losses) < 3:
            losses.append(loss.item())

    def values() -> list[float]:
        while len(losses) < 3:
            step()
        return losses

    return step, values


def _layers(specs: list[Any], parameters: list[Tensor]) -> Callable[[Tensor, bool], Tensor]:
    """The layer list of bench/models.py as a function of (x, training); `parameters` gets what is trained."""
    numbers = iter(range(10_000))
    depth = {"channels": specs[0][1]["input_shape"][-1], "size": specs[0][1]["input_shape"][0]}
    steps = [one for name, args in specs for one in _layer(name, args, depth, numbers, parameters)]

    def forward(x: Tensor, training: bool) -> Tensor:
        h = _first(x) if x.dim() == 4 else x
        for step in steps:
            h = step(h, training)
        return h

    return forward


def _layer(
    name: str, args: dict[str, Any], depth: dict[str, int], numbers: Iterator[int], parameters: list[Tensor]
) -> list[Callable[[Tensor, bool], Tensor]]:
    def made(shape: tuple[int, ...], kind: str = "", trained: bool = True, order: Any = None) -> Tensor:
        w = torch.from_numpy(weight(next(numbers), shape, kind))
        w = w if order is None else w.permute(order).contiguous(memory_format=torch.channels_last)
        if trained:
            parameters.append(w)
        return w

    channels = depth["channels"]
    then = {"relu": torch.relu, "softmax": lambda t: torch.softmax(t, -1)}.get(args.get("activation", ""))
    after = [] if then is None else [lambda h, training: then(h)]
    pad, stride = args.get("padding", "valid"), args.get("strides", 1)
    if name == "dense":
        w, b = made((channels, args["units"])), made((args["units"],))
        depth["channels"] = args["units"]
        return [lambda h, training: h @ w + b, *after]
    if name == "conv2d":
        k = args["kernel_size"]
        w = made((k, k, channels, args["filters"]), order=(3, 2, 0, 1))
        bias = made((args["filters"],)) if args.get("use_bias", True) else None
        depth["channels"] = args["filters"]
        depth["size"] = -(-depth["size"] // stride) if pad == "same" else depth["size"] - k + 1
        return [lambda h, training: _conv(h, w, stride, pad, bias), *after]
    if name == "depthwise_conv2d":
        w = made((args["kernel_size"],) * 2 + (channels, 1), "depthwise", order=(2, 3, 0, 1))
        return [lambda h, training: _conv(h, w, stride, pad, None, channels)]
    if name == "batch_normalization":
        g, b = made((channels,), "gamma"), made((channels,), "beta")
        m, v = made((channels,), "moving_mean", False), made((channels,), "moving_variance", False)
        return [lambda h, training: F.batch_norm(h, m, v, g, b, training, 0.01, args["epsilon"])]
    if name == "re_lu":
        return [lambda h, training: torch.clamp(h, 0, args["max_value"])]
    if name == "max_pooling2d":
        depth["size"] //= args["pool_size"]
        return [lambda h, training: F.max_pool2d(h, args["pool_size"])]
    if name == "flatten":
        depth["channels"] *= depth["size"] ** 2
        return [lambda h, training: _last(h).reshape(h.shape[0], -1)]
    if name == "global_average_pooling2d":
        return [lambda h, training: h.mean((2, 3))]
    if name == "lstm":
        w = [made((channels, 4 * args["units"])), made((args["units"], 4 * args["units"]))]
        bias = made((4 * args["units"],))
        depth["channels"] = args["units"]
        layer = torch.nn.LSTM(channels, args["units"], batch_first=True)
        with torch.no_grad():
            layer.weight_ih_l0.copy_(w[0].T)
            layer.weight_hh_l0.copy_(w[1].T)
            layer.bias_ih_l0.copy_(bias)
            layer.bias_hh_l0.zero_()
        layer.bias_hh_l0.requires_grad_(False)
        parameters[-3:] = [layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0]
        return [lambda h, training: layer(h)[1][0][0]]
    raise LookupError(name)


def _transformer(x: Tensor) -> Callable[[], Tensor]:
    tokens, width, count = (TRANSFORMER[key] for key in ("tokens", "width", "heads"))
    shapes = transformer_weight_shapes()
    blocks = [
        {
            name: torch.from_numpy(weight(b * len(shapes) + i, shape, kind))
            for i, (name, shape, kind) in enumerate(shapes)
        }
        for b in range(TRANSFORMER["blocks"])
    ]

    def heads(t: Tensor) -> Tensor:
        return t.reshape(tokens, count, width // count).transpose(0, 1)

    def run() -> Tensor:
        h = x
        for w in blocks:
            n = _layer_norm(h, w["gamma1"], w["beta1"], NORM_EPS)
            q, k, v = (heads(n @ w["w" + s] + w["b" + s]) for s in "qkv")
            shares = torch.softmax(q @ k.transpose(1, 2) * (width // count) ** -0.5, -1)
            h = h + (shares @ v).transpose(0, 1).reshape(tokens, width) @ w["wo"] + w["bo"]
            n = _layer_norm(h, w["gamma2"], w["beta2"], NORM_EPS)
            h = h + torch.relu(n @ w["w1"] + w["c1"]) @ w["w2"] + w["c2"]
        return h

    return run
