"""Chains of elementwise rows as GLSL: one generator for eager kernels (length one), fused graphs, epilogues.

Registers are vec4 or ivec4 (bool is ivec4 of 0 or 1); conversions are explicit. What one step hands to the
next goes through `stored`, so that no compiler takes two rows for one: a chain gives the bits of its rows run
one by one (llvmpipe makes 0 of x - x within a shader, also where x is infinite). Operands are read in one of
a few ways, chosen by how their shape broadcasts: rows and lanes are each the same, one for all, or (rows) in
general position.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np

from glbackend.backends.webgl.glsl.accessor import VECTOR
from glbackend.base.dtypes import DType
from glbackend.base.shapes import Shape, Spec, collapse, row_major_strides
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.step import Step, dtypes_of

TYPE: dict[DType, str] = {"float32": VECTOR["f4"], "int32": VECTOR["i4"], "bool": VECTOR["i4"]}


class Access(NamedTuple):
    """How an operand is read: rows "same", "one" or the number of collapsed dims; lanes "same" or "one".

    Rows "uniform": one number, known to the host, whose bits are given as the uniform `<operand>_bits`.
    """

    rows: Literal["same", "one", "uniform"] | int
    lanes: Literal["same", "one"]


UNIFORM = Access("uniform", "one")
STORED = [
    "uniform int nothing;  // 0, which no compiler knows",
    "vec4 stored(vec4 v) { return intBitsToFloat(floatBitsToInt(v) | nothing); }",
    "ivec4 stored(ivec4 v) { return v | nothing; }",
    "vec4 again(vec4 v) { return intBitsToFloat(floatBitsToInt(v) ^ nothing); }",
    "ivec4 again(ivec4 v) { return v ^ nothing; }",
]


class Operand(NamedTuple):
    """Dtype and access of one input of a chain."""

    dtype: DType
    access: Access


Place = Literal["here", "epilogue", "inside"]


class Chain(NamedTuple):
    """Operands and steps, and where they run.

    "here": for the fragment's own texel. "epilogue": register 0, float32, is given by the caller. "inside":
    for texel t of a tensor that is never stored, whose layout is the uniform `in_form`.
    """

    operands: tuple[Operand, ...]
    steps: tuple[Step, ...]
    place: Place = "here"


def access_of(shape: Shape, out: Shape) -> tuple[Access, dict[str, Any]]:
    """How an operand of `shape` is read for an output of shape `out`; its uniforms (`dims`, `strides`)."""
    if shape == out:
        return Access("same", "same"), {}
    padded = (1,) * (len(out) - len(shape)) + shape
    if not out:
        return Access("same", "same"), {}
    lanes: Literal["same", "one"] = "one" if padded[-1] == 1 and out[-1] != 1 else "same"
    leading, wanted = padded[:-1], out[:-1]
    if leading == wanted:
        return Access("same", lanes), {}
    if all(dim == 1 for dim in leading):
        return Access("one", lanes), {}
    steps = row_major_strides(leading)
    walk = tuple(0 if dim == 1 else step for dim, step in zip(leading, steps, strict=True))
    dims, (strides,) = collapse(wanted, walk)
    return Access(len(dims), lanes), {"dims": dims, "strides": strides}


@lru_cache(maxsize=4096)
def result_dtype(chain: Chain) -> DType:
    """Dtype of the last register."""
    return _dtypes(chain)[-1]


def _dtypes(chain: Chain) -> list[DType]:
    given: list[DType] = ["float32"] if chain.place == "epilogue" else []
    return dtypes_of([*given, *[operand.dtype for operand in chain.operands]], chain.steps)


@lru_cache(maxsize=4096)
def chain_piece(chain: Chain) -> str:
    """`<chain>`: `chain(t)`, or for an epilogue `epilogue(acc, t, c4)`; operands are inputs x0, x1, ...

    A relu of a tensor of the output's shape:

    >>> x = Operand("float32", Access("same", "same"))
    >>> print(chain_piece(Chain((x,), (Step("Relu", (0,)),))))
    #include "lib/layout.glsl"
    #include "lib/convert.glsl"
    #include "lib/math_order.glsl"
    vec4 op_Relu(vec4 x) { return relu(x); }
    vec4 chain(int t) {
      vec4 r0 = x0_here();
      vec4 r1 = op_Relu(r0);
      return r1;
    }
    """
    dtypes = _dtypes(chain)
    functions, includes = _functions(chain, dtypes)
    head = ['#include "lib/layout.glsl"', '#include "lib/convert.glsl"', *includes, *functions]
    head += STORED * _guarded(chain.steps)
    head += [line for i, operand in enumerate(chain.operands) for line in _reader(i, operand)]
    body = _body(chain, dtypes)
    result = TYPE[dtypes[-1]]
    form = "in_form" if chain.place == "inside" else "out_form"
    if chain.place == "inside":
        head.append("uniform ivec4 in_form;  // as out_form")
    arguments = "vec4 r0, int t, int c4" if chain.place == "epilogue" else "int t"
    head.append(f"{result} {'epilogue' if chain.place == 'epilogue' else 'chain'}({arguments}) {{")
    if any(_needs_row(operand) for operand in chain.operands):
        head.append(f"  int row = texel_quotient(t, {form}.z);")
        if chain.place == "here":
            head.append("  int c4 = out_column(t, row);")
        elif chain.place == "inside":
            head.append("  int c4 = t - row * in_form.z;")
    return "\n".join([*head, *body, "}"])


def _guarded(steps: tuple[Step, ...]) -> bool:
    """Whether a compiler could take two rows for one, or two inputs of a row for the same."""
    return len(steps) > 1 or any(len(set(step.registers)) < len(step.registers) for step in steps)


def _needs_row(operand: Operand) -> bool:
    return operand.access not in (Access("same", "same"), Access("one", "one"), UNIFORM)


def _functions(chain: Chain, dtypes: list[DType]) -> tuple[list[str], list[str]]:
    functions, includes = [], []
    for number, step in enumerate(chain.steps):
        if step.dtype is not None:
            continue
        row = ROWS[step.kernel]
        given = tuple(dtypes[i] for i in step.registers)
        computed = row.compute_dtype(given)
        result = TYPE[row.result_dtype(computed)]
        parameters = [f"{TYPE[row.fixed.get(name, computed)]} {name}" for name in row.inputs]
        floating = computed == "float32"
        attr = "float" if floating else "int"
        parameters += [f"{attr} {name}" for name in row.attrs]
        expression = row.glsl if floating else row.integer
        functions.append(f"{result} op_{row.kernel}({', '.join(parameters)}) {{ return {expression}; }}")
        include = row.include if floating else row.integer_include
        if include:
            includes.append(f'#include "{include}"')
        functions.extend(f"uniform {attr} s{number}_{name};" for name in row.attrs)
    return list(dict.fromkeys(functions)), list(dict.fromkeys(includes))


def _reader(i: int, operand: Operand) -> list[str]:
    """Uniforms and row function of an operand in general position; the uniform of one that is no texture."""
    rank = operand.access.rows
    if rank == "uniform":
        return [f"uniform int x{i}_bits;"]
    if not isinstance(rank, int):
        return []
    lines = [f"uniform int x{i}_dims[{rank}]; uniform int x{i}_strides[{rank}];", f"int x{i}_row(int row) {{"]
    lines.append("  int source = 0, q;")
    for axis in reversed(range(1, rank)):
        lines.append(f"  q = texel_quotient(row, x{i}_dims[{axis}]);")
        lines.append(f"  source += (row - q * x{i}_dims[{axis}]) * x{i}_strides[{axis}]; row = q;")
    return [*lines, f"  return source + row * x{i}_strides[0];", "}"]


def _read(i: int, operand: Operand, elsewhere: bool) -> str:
    rows, lanes = operand.access
    kind = TYPE[operand.dtype]
    if rows == "uniform":
        return f"{kind}(intBitsToFloat(x{i}_bits))" if operand.dtype == "float32" else f"{kind}(x{i}_bits)"
    source = {"same": "row", "one": "0"}.get(str(rows), f"x{i}_row(row)")
    if lanes == "one":
        return f"{kind}(x{i}_at({source}).x)"
    if rows == "same":
        return f"x{i}_at(t)" if elsewhere else f"x{i}_here()"
    return f"x{i}_at(c4)" if rows == "one" else f"x{i}_at({source} * x{i}_form.z + c4)"


def _body(chain: Chain, dtypes: list[DType]) -> list[str]:
    lines, shift = [], int(chain.place == "epilogue")
    for i, operand in enumerate(chain.operands):
        lines.append(f"  {TYPE[operand.dtype]} r{i + shift} = {_read(i, operand, chain.place != 'here')};")
    first = len(chain.operands) + shift
    for number, step in enumerate(chain.steps):
        target = dtypes[first + number]
        given = [
            (f"again(r{i})" if i in step.registers[:place] else f"r{i}", dtypes[i])
            for place, i in enumerate(step.registers)
        ]
        if step.dtype is not None:
            value = _convert(*given[0], step.dtype)
        else:
            row = ROWS[step.kernel]
            computed = row.compute_dtype(tuple(dtype for _, dtype in given))
            arguments = [
                register if name in row.fixed else _convert(register, dtype, computed)
                for name, (register, dtype) in zip(row.inputs, given, strict=True)
            ]
            arguments += [f"s{number}_{name}" for name in row.attrs]
            value = f"op_{step.kernel}({', '.join(arguments)})"
        if number + 1 < len(chain.steps):
            value = f"stored({value})"
        lines.append(f"  {TYPE[target]} r{first + number} = {value};")
    return [*lines, f"  return r{first + len(chain.steps) - 1};"]


def _convert(register: str, source: DType, target: DType) -> str:
    if source == target or (source == "bool" and target == "int32"):
        return register
    if target == "bool":
        return f"to_bool({register})"
    return f"vec4({register})" if target == "float32" else f"to_int({register})"


@lru_cache(maxsize=4096)
def plan(
    specs: tuple[Spec, ...],
    steps: tuple[Step, ...],
    out: Spec,
    numbers: tuple[int, ...] = (),
    place: Place = "here",
) -> tuple[str, dict[str, Any], bool]:
    """The `<chain>` piece for inputs of these specs and an output of shape
    `out`, its uniforms, and whether it reads an operand by row and column.

    The inputs that `numbers` lists are uniforms, not textures.
    """
    operands: list[Operand] = []
    uniforms: dict[str, Any] = {"nothing": 0} if _guarded(steps) else {}
    for i, spec in enumerate(specs):
        if i in numbers:
            operands.append(Operand(spec.dtype, UNIFORM))
            continue
        access, values = access_of(spec.shape, out.shape)
        operands.append(Operand(spec.dtype, access))
        for name, value in values.items():
            uniforms[f"x{i}_{name}"] = value if len(value) > 1 else value[0]
    return chain_piece(Chain(tuple(operands), steps, place)), uniforms, any(map(_needs_row, operands))


def numbers_of(xs: Sequence[Handle]) -> tuple[tuple[int, ...], dict[str, int]]:
    """Which of the operands are single numbers that the host knows, and the uniforms that they travel as."""
    found = tuple([i for i, x in enumerate(xs) if x.storage.size == 1 and x.storage.host is not None])
    return found, {f"x{i}_bits": _bits(xs[i]) for i in found} if found else {}


def _bits(x: Handle) -> int:
    host: Any = x.storage.host
    return int((host.view(np.int32) if x.dtype == "float32" else host)[0])
