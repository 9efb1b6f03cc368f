"""The `trainable` flags of a model's layers, kept from `compile` on: training goes by these."""

from collections.abc import Callable
from typing import Any

from glbackend.base.errors import warn_user
from glbackend.layers.recipe import trained_as
from glbackend.training.graphs import Graphs
from glbackend.training.trainable import Trainable

Step = Callable[[Any], Any]


class KeptFlags:
    """Which layers were trainable when their model was compiled."""

    def __init__(self, model: Trainable, graphs: Graphs) -> None:
        self.model = model
        self.graphs = graphs
        self.flags = model._trainable_flags()
        self.warned = False

    def keep(self, step: Step) -> Step:
        """The step, run by the flags kept, as a graph where it may; warns once where a layer has another now.

        Layers that came later are taken as they are.
        """
        now = self.model._trainable_flags()
        changed = [layer.name for layer, flag in self.flags.items() if now.get(layer, flag) != flag]
        if changed and not self.warned:
            self.warned = True
            warn_user(
                f"trainable of {', '.join(changed[:5])} has changed since model.compile, "
                f"whose flags count: compile again to train by those of now"
            )

        ready = self.graphs.of(step)

        def run(batch: Any) -> Any:
            with trained_as(self.flags):
                return ready(batch)

        return run
