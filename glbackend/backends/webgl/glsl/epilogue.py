"""What rides along at the end of a dense kernel: bias and activation, a chain of rows on the accumulator."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from glbackend.backends.webgl.glsl.chain import Chain, Operand, Step, access_of, chain_piece
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Handle
from glbackend.table import ROWS

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
    if not operands and activation is None:
        return PLAIN
    specs = tuple(x.spec for x in operands)
    piece, uniforms = _plan(out, specs, bias is not None, activation, alpha)
    return Epilogue(piece, {f"x{i}": x for i, x in enumerate(operands)}, uniforms)


@lru_cache(maxsize=1024)
def _plan(
    out: Spec, specs: tuple[Spec, ...], biased: bool, activation: str | None, alpha: float
) -> tuple[str, Uniforms]:
    uniforms: dict[str, object] = {}
    operands, steps = [], []
    for i, spec in enumerate(specs):
        access, values = access_of(spec.shape, out.shape)
        operands.append(Operand(spec.dtype, access))
        uniforms |= {f"x{i}_{name}": value if len(value) > 1 else value[0] for name, value in values.items()}
    last = 0  # register 0 is the accumulator, operands follow, then the result of each step
    if biased:
        steps.append(Step("Add", (0, 1)))
        last = len(specs) + 1
    if activation is not None:
        row = ROWS[activation]
        given = {"alpha": alpha} if activation == "LeakyRelu" else {}
        uniforms |= {f"s{len(steps)}_{name}": given.get(name, default) for name, default in row.attrs.items()}
        steps.append(Step(activation, (last, len(specs)) if activation == "Prelu" else (last,)))
    return chain_piece(Chain(tuple(operands), tuple(steps), accumulator=True)), uniforms
