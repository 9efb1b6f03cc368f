"""Graph models and SavedModels as the server sees them."""

import contextlib
from collections.abc import Mapping
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.formats.graph_model import GraphModel
from glbackend.formats.graph_model.nodes import TensorInfo as Described
from glbackend.formats.saved_model import SavedModel
from glbackend.formats.saved_model.model import Signature as SavedSignature
from glbackend.serving.servable import DEFAULT, Array, Signature, TensorInfo


class GraphServable:
    """A model made of TensorFlow's ops, with each of its signatures that runs here."""

    def __init__(self, model: GraphModel) -> None:
        self.models = {DEFAULT: model}
        if isinstance(model, SavedModel):
            for name in model.signatures:
                with contextlib.suppress(
                    ModelFormatError
                ):  # of other signatures than the one that is asked for
                    self.models[name] = model.signatures[name]
        self.signatures = {name: _signature(one) for name, one in self.models.items()}

    def run(self, signature: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """One call of the model, all examples at once."""
        found = self.models[signature].execute(dict(inputs))
        outputs = found if isinstance(found, list) else [found]
        return {
            name: one.numpy() for name, one in zip(self.signatures[signature].outputs, outputs, strict=True)
        }


def _signature(model: GraphModel) -> Signature:
    changes = isinstance(model, SavedSignature) and model.changes
    return Signature(_infos(model.inputs, True), _infos(model.outputs, False), changes)


def _infos(given: list[Described], rank_needed: bool) -> dict[str, TensorInfo]:
    """What the server checks requests by; an output of unknown rank counts as a single value."""
    made = {}
    for info in given:
        if rank_needed and info.shape is None:
            raise ModelFormatError(f"the input {info.name!r} is of any rank, which cannot be served")
        dtype: Any = info.dtype if info.dtype != "unknown" else "float32"
        made[info.name] = TensorInfo(dtype, tuple(None if dim < 0 else dim for dim in info.shape or ()))
    return made
