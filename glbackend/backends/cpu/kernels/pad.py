"""PadV2 and MirrorPad on cpu."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Pairs = tuple[tuple[int, int], ...]


@kernel("PadV2", "cpu")
def pad_v2(
    cpu: Cpu, x: Handle, *, out: Spec, paddings: Pairs, constant_value: float | bool | complex
) -> Handle:
    """A border of one value."""
    array = cpu.array(x)
    result = np.full(out.shape, constant_value, array.dtype)
    inner = tuple(slice(a, a + n) for (a, _), n in zip(paddings, x.shape, strict=True))
    result[inner] = array
    return cpu.handle(result, out)


@kernel("MirrorPad", "cpu")
def mirror_pad(cpu: Cpu, x: Handle, *, out: Spec, paddings: Pairs, mode: str) -> Handle:
    """A border that mirrors what lies inside."""
    array = cpu.array(x)
    if not array.size:  # an empty axis mirrors nothing, and its padding can only be 0
        return cpu.handle(np.zeros(out.shape, array.dtype), out)
    return cpu.handle(np.pad(array, paddings, "reflect" if mode == "reflect" else "symmetric"), out)
