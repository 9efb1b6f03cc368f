"""Ops of the user's own: a GLSL expression or shader file becomes an op with gradient on every backend.

An expression becomes a row like the built-in ones, so it broadcasts, promotes dtypes and fuses as they do.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from glbackend.base.annotations import fits, got
from glbackend.base.dtypes import DType, check_dtype
from glbackend.base.errors import ArgumentError, BackendError, CallError, DtypeError, ShaderError
from glbackend.base.shapes import Spec, broadcast_shapes
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.engine import engine
from glbackend.engine.registry import add_gradient, add_row
from glbackend.engine.tensor import Tensor
from glbackend.ops.custom_shader import declare_shader, of_expressions, read_shader
from glbackend.ops.op import op
from glbackend.table.row import Row

_number = itertools.count(1)
Gradient = Callable[..., Any]


# keywords of GLSL 3.30, and words that it keeps for later
_WORDS = """
    active asm attribute bool break case cast centroid class common const continue default discard do
    double else enum extern external false filter fixed flat float for fvec2 fvec3 fvec4 goto half highp
    if in inline inout input int interface invariant layout long lowp mat2 mat2x2 mat2x3 mat2x4 mat3
    mat3x2 mat3x3 mat3x4 mat4 mat4x2 mat4x3 mat4x4 mediump namespace noinline noperspective out output
    packed partition precision public return sampler1D sampler2D sampler3D short sizeof smooth static
    struct superp switch template this true typedef uint uniform union unsigned using uvec2 uvec3 uvec4
    varying vec2 vec3 vec4 bvec2 bvec3 bvec4 dvec2 dvec3 dvec4 ivec2 ivec3 ivec4 void volatile while
"""
GLSL_WORDS = frozenset(_WORDS.split())


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
        integer: bool = False,
        elementwise: bool = False,
        broadcasts: bool = False,
    ) -> None:
        self.source = source  # the expression, or the shader's path, for messages
        self.integer = integer  # whether it computes in integers, where inputs are
        self.elementwise = elementwise  # whether inputs of any shapes that broadcast will do
        self.broadcasts = broadcasts  # whether inputs are brought to one shape, and to float32, beforehand
        self.name = name
        self.kernel = f"Custom{next(_number)}_{name}"  # anew each time: tapes keep the one they recorded
        self.inputs = inputs
        self.attrs = attrs
        self.gradients = gradients
        self.on_cpu = on_cpu

    def __call__(self, *inputs: TensorLike, **attrs: float) -> Any:
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
        for key, one in tensors.items():
            if one.dtype in ("complex64", "string"):
                raise DtypeError(
                    f"{self.name}: input {key!r} must be float32, int32 or bool, got {one.dtype}"
                )
        for key, value in attrs.items():
            if not fits(value, float):
                raise CallError(f"{self.name}: attr {key!r} must be a number, got {got(value)}")
        if self.broadcasts:
            shape: tuple[int, ...] = ()
            for one in tensors.values():
                shape = broadcast_shapes(shape, one.shape, self.name)
            tensors = {name: one.cast("float32").broadcast_to(shape) for name, one in tensors.items()}
        try:
            return engine().run_kernel(self.kernel, tensors, {**self.attrs, **attrs})
        except ShaderError as error:
            raise ShaderError(f"custom op {self.name} ({self.source}) does not compile: {error}") from None

    def __repr__(self) -> str:
        return f"<custom op {self.name}({', '.join((*self.inputs, *self.attrs))})>"


@op(method=False)
def custom_op(
    name: str,
    glsl: str | Sequence[str] = "",
    *,
    shader: str | Path | None = None,
    numpy: Callable[..., Any] | None = None,
    grad: Gradient | Sequence[Gradient | None] | None = None,
    inputs: Sequence[str] = ("x",),
    attrs: Mapping[str, float] | None = None,
    integer: str | None = None,
    include: str = "",
    out: Callable[..., Any] | None = None,
    dtype: str | None = None,
) -> CustomOp:
    """An op of your own from GLSL: it runs eagerly, in gradients, and `glbackend.testing.check_op` checks it.

    `name`: names it in errors.
    `glsl`: an expression on vec4 values named as `inputs` and floats named as `attrs`. Inputs broadcast. Or a
    list of them, one for each of several float32 outputs.
    `shader`: in its place a file with a whole fragment shader that has `#include <inputs>`, `#include
    <output>` and a `main()` calling `write_out`, attrs being its uniforms, float or int. With `#include
    <elements>` it reads single elements (`x_element(e)`), as reductions do: docs/guides/custom.md.
    `numpy`: a function of arrays and attrs by name that runs on cpu, and gives as many arrays as there are
    outputs; without it the cpu backend says so.
    `grad`: a function of dy (with several outputs `dys`, a list with None for those on which nothing
    depends), inputs by name and y (`ys`), with attrs keyword-only; or a list with one for each input.
    `inputs`: names of the inputs.
    `attrs`: names of numbers with their defaults.
    `integer`: `glsl` on ivec4 for int32 inputs, which are else computed as float32.
    `include`: a file of `shaders/` that `glsl` needs.
    `out`: with `shader` a function from the shapes and dtypes of the inputs (`x.shape`, `x.dtype`) to the
    output's, a `gl.TensorSpec`, or a list of them; by default that of the first input. Outputs of one shape
    are written in one pass, `write_out(a, b)`; others by a pass each, in which OUTPUT is 0, 1, ...
    `dtype`: of the output of `glsl` where it is not that of the inputs, "int32" or "bool"; the expression is
    then an ivec4.

    Raises ArgumentError, and ShaderError at the first call where GLSL does not compile. TF.js
    has `tf.registerKernel` and `tf.registerGradient` for that.

    >>> soft = custom_op("soft", "x / (1.0 + abs(x))", numpy=lambda x: x / (1 + abs(x)),
    ...                  grad=lambda dy, x: dy / (x.abs() + 1.0).square())
    >>> soft([1., -3.]).numpy().tolist()
    [0.5, -0.75]
    >>> import numpy as np
    >>> polar = custom_op("polar", ["sqrt(x * x + y * y)", "atan(y, x)"], inputs=("x", "y"),
    ...                   numpy=lambda x, y: (np.hypot(x, y), np.arctan2(y, x)))
    >>> [f"{one.item():.2f}" for one in polar(3., 4.)]
    ['5.00', '0.93']
    """
    names = tuple(inputs)
    if not isinstance(inputs, list | tuple):
        raise CallError(f"custom_op: argument 'inputs' must be a list of names, got {got(inputs)}")
    _check_names(name, names, attrs or {})
    if bool(glsl) == (shader is not None):
        raise ArgumentError("custom_op: needs either glsl, an expression, or shader, a file")
    functions = tuple(grad) if isinstance(grad, tuple | list) else (grad,)
    if len(functions) > len(names):
        raise ArgumentError(f"custom_op: {len(functions)} functions in grad for inputs {', '.join(names)}")
    gradients = {x: one for x, one in zip(names, functions, strict=False) if one is not None}
    several = not isinstance(glsl, str)
    source = str(shader) if shader is not None else glsl if isinstance(glsl, str) else ", ".join(glsl)
    made = CustomOp(
        name, names, dict(attrs or {}), gradients, numpy is not None, source, integer is not None,
        shader is None, several,
    )  # fmt: skip
    on_host = numpy or _only_on_gpu(name)
    if isinstance(glsl, str) and shader is None:
        result: DType | None = None if dtype is None else check_dtype(dtype)
        if result not in (None, "int32", "bool"):
            raise ArgumentError(f"custom_op: dtype must be int32 or bool where it is given, got {dtype!r}")
        add_row(
            Row(
                made.kernel, name, glsl, on_host, functions, names, made.attrs, integer=integer,
                include=include, result=result,
            )
        )  # fmt: skip
        return made
    if integer is not None or dtype is not None:
        raise ArgumentError("custom_op: integer and dtype go with one expression; a shader says it by out")
    if shader is not None:
        text, specs = read_shader(name, Path(shader)), out or (lambda *given: given[0])
    else:
        text, specs = of_expressions(name, glsl, names, made.attrs, include), partial(_alike, len(glsl))
    declare_shader(made.kernel, names, made.attrs, text, on_host, specs)
    for x, one in gradients.items():
        add_gradient(made.kernel, x, one)
    return made


def _check_names(name: str, inputs: Sequence[str], attrs: Mapping[str, float]) -> None:
    words = (*inputs, *attrs)
    for word in (name, *words):
        plain = fits(word, str) and word.isascii() and word.isidentifier()
        if not plain or "__" in word or word.startswith("gl_"):
            raise ArgumentError(f"custom_op: {word!r} is no name in GLSL")
    taken = [word for word in words if word in GLSL_WORDS]
    if taken:
        raise ArgumentError(f"custom_op: {taken[0]!r} is a word of GLSL: give the input or attr another name")
    twice = [word for i, word in enumerate(words) if word in words[:i]]
    if twice or not inputs:
        said = f"two inputs or attrs are called {twice[0]!r}" if twice else "there is no input"
        raise ArgumentError(f"custom_op: {name} needs inputs and attrs with a name each: {said}")
    for word, value in attrs.items():
        if not fits(value, float):
            raise CallError(f"custom_op: the default of attr {word!r} must be a number, got {got(value)}")


def _alike(count: int, first: Spec, *others: Spec) -> Sequence[Spec]:
    return [Spec(first.shape, "float32")] * count


def _only_on_gpu(name: str) -> Callable[..., Any]:
    def refuse(*arrays: Any, **attrs: float) -> Any:
        raise BackendError(
            f"{name}: this custom op has GLSL only, so it runs on the webgl backend only: "
            f"give custom_op a numpy function, or choose gl.set_backend('webgl')"
        )

    return refuse
