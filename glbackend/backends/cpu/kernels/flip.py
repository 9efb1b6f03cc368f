"""FlipLeftRight on cpu."""

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("FlipLeftRight", "cpu")
def flip_left_right(cpu: Cpu, image: Handle, *, out: Spec) -> Handle:
    """Columns from last to first."""
    return cpu.handle(cpu.array(image)[:, :, ::-1], out)
