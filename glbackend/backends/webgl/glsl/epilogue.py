"""What rides along at the end of a dense kernel: bias and activation, a chain of rows on the accumulator."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

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
    operands = tuple(x for x in (bias, weights) if x is not None)
    steps: list[Step] = []
    numbers: dict[str, float] = {}
    last = 0  # register 0 is the accumulator, operands follow, then the result of each step
    if bias is not None:
        steps.append(Step("Add", (0, 1)))
        last = len(operands) + 1
    if activation is not None:
        given = {"alpha": alpha} if activation == "LeakyRelu" else {}
        row = ROWS[activation]
        numbers = {f"s{len(steps)}_{name}": given.get(name, value) for name, value in row.attrs.items()}  # type: ignore[misc]
        steps.append(Step(activation, (last, len(operands)) if activation == "Prelu" else (last,)))
    return chained(out, operands, tuple(steps), numbers) if steps else PLAIN


def chained(
    out: Spec, operands: tuple[Handle, ...], steps: tuple[Step, ...], numbers: Mapping[str, float]
) -> Epilogue:
    """A chain whose register 0 is the accumulator, of shape `out`; `numbers` are the attrs of its rows."""
    known, bits = numbers_of(operands)
    piece, uniforms, _ = plan(tuple([x.spec for x in operands]), steps, out, known, "epilogue")
    inputs = {f"x{i}": x for i, x in enumerate(operands) if i not in known}
    return Epilogue(piece, inputs, {**uniforms, **bits, **numbers})
