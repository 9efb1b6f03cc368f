"""Custom ops that are whole shaders: their contract and kernels, of one output or several."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.dtypes import DType, check_dtype
from glbackend.base.errors import ArgumentError, CallError, DtypeError, ShaderError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

_UNIFORM = re.compile(r"^\s*uniform\s+(int|float|bool)\s+([^;]+);", re.MULTILINE)
DIMS = 4  # that a shader is told of each input: the last ones
NO_DIM = 1  # in front of them
DRAWN = ("float32", "int32", "bool")
LARGEST_INT = 2**31 - 1


class Shader(NamedTuple):
    """A whole shader: the name that errors give it, and its text."""

    file: str
    text: str

    def attr_types(self) -> dict[str, type]:
        """int for the uniforms that the shader declares as int or bool, else float."""
        return {
            name.strip(): float if kind == "float" else int
            for kind, names in _UNIFORM.findall(self.text)
            for name in names.split(",")
        }


def read_shader(op: str, path: Path) -> Shader:
    """The shader in a file; ShaderError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ShaderError(f"custom_op {op}: cannot read {path}: {error.strerror}") from None
    return Shader(path.as_posix() if path.suffix == ".glsl" else f"{path.as_posix()}.glsl", text)


def of_expressions(
    op: str, expressions: Sequence[str], inputs: Sequence[str], attrs: Mapping[str, float], include: str
) -> Shader:
    """A shader that computes expressions on the texels of inputs of one shape, all in one pass."""
    lines = ["#include <inputs>", "#include <output>"]
    lines += [f'#include "{include}"'] if include else []
    lines += [f"uniform float {name};" for name in attrs]
    lines += ["void main() {", "  int texel_number = out_texel();"]
    lines += [f"  vec4 {x} = vec4({x}_at(texel_number));" for x in inputs]
    lines += [f"  write_out({', '.join(expressions)});", "}"]
    return Shader(f"{op}.glsl", "\n".join(lines) + "\n")


def elements_piece(inputs: Mapping[str, Handle]) -> str:
    """`<elements>`: inputs by the number of an element, and the numbers of a texel's elements in the output.

    For each input x `x_element(e)`, `x_size` and `x_dims`, its last four dims with ones in front;
    `out_elements()` has -1 for lanes that pad a row.
    """
    lines = ['#include "lib/element.glsl"']
    for x, handle in inputs.items():
        number = "float" if handle.dtype == "float32" else "int"
        lines += [
            f"uniform int {x}_size;",
            f"uniform ivec4 {x}_dims;",
            f"{number} {x}_element(int e) {{",
            f"  int lane, t = texel_of(e, {x}_form, lane);",
            f"  return lane_of({x}_at(t), lane);",
            "}",
        ]
    lines += [
        "ivec4 out_elements() {",
        "  int t = out_texel();",
        "  ivec4 column = 4 * (t - quotient(t, out_form.z) * out_form.z) + ivec4(0, 1, 2, 3);",
        "  ivec4 inside = ivec4(lessThan(column, ivec4(out_form.w)));",
        "  return inside * (elements_of(t, out_form) + 1) - 1;",
        "}",
    ]
    return "\n".join(lines)


def declare_shader(
    name: str,
    inputs: Sequence[str],
    attrs: Mapping[str, float],
    shader: Shader,
    on_host: Callable[..., Any],
    out: Callable[..., Any],
) -> None:
    """Contract and kernels of the kernel `name`. Outputs of one shape are drawn in one pass."""
    types = shader.attr_types()

    @contract(name)
    def checked(**named: Any) -> Checked:
        found = out(*[named[x] for x in inputs])
        several = isinstance(found, tuple | list) and found and not hasattr(found, "dtype")
        specs: Any = tuple(map(_spec, found)) if several else _spec(found)
        return Checked(specs, {key: _attr(key, named.get(key, attrs[key]), types) for key in attrs})

    @kernel(name, "cpu")
    def on_cpu(cpu: Any, *, out: Any, **named: Any) -> Any:
        values = on_host(*(cpu.array(named[x]) for x in inputs), **{key: named[key] for key in attrs})
        if isinstance(out, Spec):
            return cpu.handle(_array(values, out), out)
        if not isinstance(values, tuple | list) or len(values) != len(out):
            raise CallError(f"custom_op: the numpy function must give {len(out)} arrays, got {got(values)}")
        return tuple(cpu.handle(_array(one, spec), spec) for one, spec in zip(values, out, strict=True))

    @kernel(name, "webgl")
    def on_webgl(gl: Any, *, out: Any, **named: Any) -> Any:
        xs = {x: named[x] for x in inputs}
        numbers = {key: named[key] for key in attrs}
        for x, handle in xs.items():
            dims = (NO_DIM,) * DIMS + handle.shape
            numbers |= {f"{x}_size": handle.size, f"{x}_dims": dims[-DIMS:]}
        pieces = {shader.file: shader.text, "elements": elements_piece(xs)}
        kinds: tuple[DType, ...] = tuple(handle.dtype for handle in xs.values())
        structure = {
            f"{x.upper()}_IS_INTEGER": int(dtype != "float32") for x, dtype in zip(xs, kinds, strict=True)
        }

        def draw(specs: Any, number: int) -> Any:
            defines = {**structure, "OUTPUT": number}
            return gl.draw(shader.file, specs, xs, uniforms=numbers, defines=defines, pieces=pieces)

        if isinstance(out, Spec) or len({spec.shape for spec in out}) == 1:
            return draw(out, 0)
        return tuple(draw(spec, i) for i, spec in enumerate(out))


def _spec(one: Any) -> Spec:
    """A Spec of what has a shape and a dtype, as `gl.TensorSpec`, which stands above."""
    shape = getattr(one, "shape", None)
    if not isinstance(shape, tuple) or None in shape or not hasattr(one, "dtype"):
        raise CallError(
            f"custom_op: out must give a TensorSpec of known dims, or a list of them, got {got(one)}"
        )
    dtype = check_dtype(one.dtype)
    if dtype not in DRAWN:
        raise DtypeError(f"custom_op: a shader gives {', '.join(DRAWN)}; out says {dtype}")
    return Spec(shape, dtype)


def _array(given: Any, spec: Spec) -> np.ndarray[Any, Any]:
    """What the numpy function gave for an output, if it is of that shape."""
    if isinstance(given, tuple | list) or np.shape(given) != spec.shape:
        raise CallError(
            f"custom_op: the numpy function must give an array of shape {list(spec.shape)}, got {got(given)}"
        )
    return np.asarray(given)


def _attr(name: str, value: float, types: Mapping[str, type]) -> float:
    """An attr as the shader's uniform has it."""
    if types.get(name) is not int:
        return float(value)
    if not float(value).is_integer() or abs(value) > LARGEST_INT:
        raise ArgumentError(f"custom_op: attr {name!r} is a whole number in the shader, got {value}")
    return int(value)
