"""What rides along at the end of a dense kernel: bias and activation, a chain of rows on the accumulator."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from glbackend.backends.webgl.glsl.chain import numbers_of, plan
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.step import Step

Uniforms = Mapping[str, object]


class Epilogue(NamedTuple):
    """The `<epilogue>` piece, the tensors that it reads and its uniforms."""

    piece: str = "vec4 epilogue(vec4 acc, int t, int c4) { return acc; }"
    inputs: Mapping[str, Handle] = MappingProxyType({})
    uniforms: Uniforms = MappingProxyType({})


PLAIN = Epilogue()


def epilogue(
    out: Spec, bias: Handle | None, weights: Handle | None, activation: str | None, alpha: float
) -> Epilogue:
    """Adds `bias`, then applies the row `activation` (Prelu with `weights`, LeakyRelu with `alpha`)."""
    operands = tuple([x for x in (bias, weights) if x is not None])
    steps = _steps(len(operands), bias is not None, activation)
    numbers: dict[str, Any] = dict(ROWS[activation].attrs) if activation is not None else {}
    if activation == "LeakyRelu":
        numbers["alpha"] = alpha
    named = {f"s{len(steps) - 1}_{name}": value for name, value in numbers.items()}
    return chained(out, operands, steps, named) if steps else PLAIN


@lru_cache(maxsize=1024)
def _steps(operands: int, biased: bool, activation: str | None) -> tuple[Step, ...]:
    """The rows after a product."""
    steps: list[Step] = []
    last = 0  # register 0 is the accumulator, operands follow, then the result of each step
    if biased:
        steps.append(Step("Add", (0, 1)))
        last = operands + 1
    if activation is not None:
        steps.append(Step(activation, (last, operands) if activation == "Prelu" else (last,)))
    return tuple(steps)


def chained(
    out: Spec, operands: tuple[Handle, ...], steps: tuple[Step, ...], numbers: Mapping[str, float]
) -> Epilogue:
    """A chain whose register 0 is the accumulator, of shape `out`; `numbers` are the attrs of its rows."""
    known, bits = numbers_of(operands)
    piece, uniforms, _ = plan(tuple([x.spec for x in operands]), steps, out, known, "epilogue")
    inputs = {f"x{i}": x for i, x in enumerate(operands) if i not in known}
    return Epilogue(piece, inputs, {**uniforms, **bits, **numbers})
