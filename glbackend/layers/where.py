"""Where in a user's program, in which layers, and for which node of a tape something happens: frames tell."""

import sys
from types import FrameType
from typing import Any, NamedTuple

from glbackend.base.errors import PACKAGE
from glbackend.engine import tape
from glbackend.layers.layer import Layer


class Where(NamedTuple):
    """A place in the user's program.

    `line`: file and line of the innermost call from outside glbackend.
    `function`: the name of the function that it stands in.
    `layer`: names of the layers that were being called there, outermost first, joined by "/"; "" for none.
    """

    line: str
    function: str
    layer: str

    def __str__(self) -> str:
        return f"{self.line}, in {self.function}" + (f", layer {self.layer!r}" if self.layer else "")


def here() -> tuple[Where, Any]:
    """Where this is called from, and the node of a tape whose gradient is being computed, if any."""
    layers: list[str] = []
    node = None
    frame: FrameType | None = sys._getframe(1)
    user: FrameType | None = None
    while frame is not None:
        code = frame.f_code
        if code is Layer.__call__.__code__:
            layers.insert(0, frame.f_locals["self"].name)
        elif code is tape._call.__code__ and node is None:
            node = frame.f_locals["node"]
        if user is None and not code.co_filename.startswith(PACKAGE):
            user = frame
        frame = frame.f_back
    assert user is not None
    line = f"{user.f_code.co_filename}:{user.f_lineno}"
    return Where(line, user.f_code.co_name, "/".join(layers)), node
