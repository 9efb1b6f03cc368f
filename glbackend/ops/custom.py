"""Ops of the user's own: a GLSL expression or shader file becomes an op with gradient on every backend.

An expression becomes a row like the built-in ones, so it broadcasts, promotes dtypes and fuses as they do.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.annotations import fits, got
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, BackendError, CallError, ShaderError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import add_gradient, add_row, kernel
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run
from glbackend.table.row import Row

_number = itertools.count(1)
Gradient = Callable[..., Any]


class CustomOp:
    """An op made by `custom_op`: call it with its inputs by position, attrs by name."""

    def __init__(
        self,
        name: str,
        inputs: tuple[str, ...],
        attrs: dict[str, float],
        gradients: dict[str, Gradient],
        on_cpu: bool,
        source: str = "",
    ) -> None:
        self.source = source  # the expression, or the shader's path, for messages
        self.name = name
        self.kernel = f"Custom{next(_number)}_{name}"  # anew each time: tapes keep the one they recorded
        self.inputs = inputs
        self.attrs = attrs
        self.gradients = gradients
        self.on_cpu = on_cpu

    def __call__(self, *inputs: TensorLike, **attrs: float) -> Tensor:
        if len(inputs) != len(self.inputs):
            raise ArgumentError(f"{self.name}: takes {', '.join(self.inputs)}, got {len(inputs)} inputs")
        unknown = set(attrs) - set(self.attrs)
        if unknown:
            raise ArgumentError(f"{self.name}: unknown attr {', '.join(sorted(unknown))}")
        like = next((x.dtype for x in inputs if isinstance(x, Tensor)), None)
        tensors = {
            name: as_tensor(x, name, self.name, like=like)
            for name, x in zip(self.inputs, inputs, strict=True)
        }
        for key, value in attrs.items():
            if not fits(value, float):
                raise CallError(f"{self.name}: attr {key!r} must be a number, got {got(value)}")
        try:
            result: Tensor = run(self.kernel, tensors, **{**self.attrs, **attrs})
        except ShaderError as error:
            raise ShaderError(f"custom op {self.name} ({self.source}) does not compile: {error}") from None
        return result

    def __repr__(self) -> str:
        return f"<custom op {self.name}({', '.join((*self.inputs, *self.attrs))})>"


@op(method=False)
def custom_op(
    name: str,
    glsl: str = "",
    *,
    shader: str | Path | None = None,
    numpy: Callable[..., Any] | None = None,
    grad: Gradient | Sequence[Gradient | None] | None = None,
    inputs: Sequence[str] = ("x",),
    attrs: Mapping[str, float] | None = None,
    integer: str | None = None,
    include: str = "",
    out: Callable[..., Spec] | None = None,
) -> CustomOp:
    """An op of your own from GLSL: it runs eagerly, in gradients, and `glbackend.testing.check_op` checks it.

    `name`: names it in errors.
    `glsl`: an expression on vec4 values named as `inputs` and floats named as `attrs`. Inputs broadcast.
    `shader`: in its place a file with a whole fragment shader that has `#include <inputs>`, `#include
    <output>` and a `main()` calling `write_out`, attrs being its float uniforms.
    `numpy`: a function of arrays and attrs by name that runs on cpu; without it the cpu backend says so.
    `grad`: a function of dy, inputs by name and y, with attrs keyword-only; or a list with one for each
    input.
    `inputs`: names of the inputs.
    `attrs`: names of numbers with their defaults.
    `integer`: `glsl` on ivec4 for int32 inputs, which are else computed as float32.
    `include`: a file of `shaders/` that `glsl` needs.
    `out`: with `shader` a function that gives the output's Spec from the inputs' Specs; by default the first
    one's.

    Raises ArgumentError, and ShaderError at the first call where GLSL does not compile. TF.js
    has `tf.registerKernel` and `tf.registerGradient` for that.

    >>> soft = custom_op("soft", "x / (1.0 + abs(x))", numpy=lambda x: x / (1 + abs(x)),
    ...                  grad=lambda dy, x: dy / (x.abs() + 1.0).square())
    >>> soft([1., -3.]).numpy().tolist()
    [0.5, -0.75]
    """
    names = tuple(inputs)
    if not isinstance(inputs, list | tuple):
        raise CallError(f"custom_op: argument 'inputs' must be a list of names, got {got(inputs)}")
    for word in (name, *names, *(attrs or {})):
        if not word.isidentifier() or "__" in word or word.startswith("gl_"):
            raise ArgumentError(f"custom_op: {word!r} is no name in GLSL")
    if bool(glsl) == (shader is not None):
        raise ArgumentError("custom_op: needs either glsl, an expression, or shader, a file")
    functions = tuple(grad) if isinstance(grad, tuple | list) else (grad,)
    gradients = {x: one for x, one in zip(names, functions, strict=False) if one is not None}
    made = CustomOp(name, names, dict(attrs or {}), gradients, numpy is not None, glsl or str(shader))
    on_host = numpy or _only_on_gpu(name)
    if shader is None:
        add_row(
            Row(
                made.kernel,
                name,
                glsl,
                on_host,
                functions,
                names,
                made.attrs,
                integer=integer,
                include=include,
            )
        )
    else:
        _add_shader(made, Path(shader), on_host, out or (lambda *specs: specs[0]))
        for x, one in gradients.items():
            add_gradient(made.kernel, x, one)
    return made


def _only_on_gpu(name: str) -> Callable[..., Any]:
    def refuse(*arrays: Any, **attrs: float) -> Any:
        raise BackendError(
            f"{name}: this custom op has GLSL only, so it runs on the webgl backend only: "
            f"give custom_op a numpy function, or choose gl.set_backend('webgl')"
        )

    return refuse


def _add_shader(
    made: CustomOp, path: Path, on_host: Callable[..., Any], out_spec: Callable[..., Spec]
) -> None:
    """Contract and kernels of an op that is a whole shader file, which the loader knows by its path."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ShaderError(f"custom_op {made.name}: cannot read {path}: {error.strerror}") from None
    file = path.as_posix() if path.suffix == ".glsl" else f"{path.as_posix()}.glsl"

    @contract(made.kernel)
    def checked(**named: Any) -> Checked:
        specs = [named[x] for x in made.inputs]
        return Checked(out_spec(*specs), {key: float(named.get(key, made.attrs[key])) for key in made.attrs})

    @kernel(made.kernel, "cpu")
    def on_cpu(cpu: Any, *, out: Spec, **named: Any) -> Handle:
        attrs = {key: named[key] for key in made.attrs}
        values = on_host(*(cpu.array(named[x]) for x in made.inputs), **attrs)
        handle: Handle = cpu.handle(np.asarray(values), out)
        return handle

    @kernel(made.kernel, "webgl")
    def on_webgl(gl: Any, *, out: Spec, **named: Any) -> Handle:
        xs = {x: named[x] for x in made.inputs}
        attrs = {key: named[key] for key in made.attrs}
        types: tuple[DType, ...] = tuple(x.dtype for x in xs.values())
        structure = {
            f"{x.upper()}_IS_INTEGER": int(dtype != "float32") for x, dtype in zip(xs, types, strict=True)
        }
        handle: Handle = gl.draw(file, out, xs, uniforms=attrs, defines=structure, pieces={file: text})
        return handle
