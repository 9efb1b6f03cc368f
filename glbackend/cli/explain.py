"""`python -m glbackend explain`: what a prediction of a model draws, with the source of every shader."""

import argparse
import os
from typing import Any

import glbackend as gl
from glbackend.base.dtypes import check_dtype
from glbackend.base.errors import ArgumentError
from glbackend.cli.convert import carried
from glbackend.cli.holding import Held, hold


def explain(options: argparse.Namespace) -> int:
    """Tells each draw; writes the page and the sources."""
    if options.shaders is not None:  # nothing is compiled yet
        os.environ["GLBACKEND_DUMP_SHADERS"] = str(options.shaders)
    gl.set_backend(options.backend)
    held = hold(options.model)
    print(captured(held).explain(*specs_of(held, options.size), html=options.html))
    for place in (options.html, options.shaders):
        if place is not None:
            print(f"-> {place}")
    return 0


def captured(held: Held) -> Any:
    """A prediction of the model."""
    model = held.model

    def predict(*inputs: gl.Tensor) -> Any:
        if held.is_layers:
            return model.apply(inputs[0] if len(inputs) == 1 else list(inputs))
        return model.execute(list(inputs)) if hasattr(model, "execute") else model.predict(list(inputs))

    predict.__name__ = held.name
    return gl.function(predict)


def specs_of(held: Held, size: int) -> list[gl.TensorSpec]:
    """Its inputs, with `size` for what may have any size."""
    for slot in held.inputs:
        if slot.shape is None:
            raise ArgumentError(
                f"{held.path}: input {slot.name} may be of any rank: what it draws depends on that"
            )
    shapes = [[size if dim is None else dim for dim in slot.shape or ()] for slot in held.inputs]
    return [
        gl.TensorSpec(shape, check_dtype(carried(slot.dtype)))
        for shape, slot in zip(shapes, held.inputs, strict=True)
    ]
