"""When the weights of a layer are made: once, on its first call, or when its `build` is called."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, ClassVar, Self

from glbackend.base.config import given_plainly
from glbackend.base.errors import GlbackendError
from glbackend.base.naming import ours
from glbackend.engine.node import recording
from glbackend.engine.tape import nothing_recorded
from glbackend.layers.checking import as_it_was
from glbackend.layers.inference import DimSpec, known_dims
from glbackend.layers.symbolic import LayerShape


def built_once(build: Callable[..., Any]) -> Callable[..., Any]:
    """The `build` of a class such that a call of it makes the weights once, with those of the layers within.

    A built layer it leaves as it is. `ensure_built` and `super().build` come through to the function itself.
    """

    @wraps(build)
    def once(layer: Any, *shapes: Any, **named: Any) -> None:
        if layer.is_model or vars(layer).get("_building"):
            return build(layer, *shapes, **named)
        if layer.built:
            return None
        with as_it_was(layer):
            layer._making_weights(lambda: build(layer, *shapes, **named))
            if not named and len(shapes) == 1 and any(not one.built for one in layer._inner_layers.values()):
                with suppress(GlbackendError):  # a call that cannot be traced makes them later
                    layer.compute_output_shape(*shapes)
        return None

    return once


class Building:
    """The part of a layer that has its weights made."""

    name: str
    class_name: ClassVar[str]
    built: bool
    _inner_layers: Any
    _check_inputs: Callable[..., Any]
    _arranged_inputs: Callable[..., Any]
    named_weights: Callable[..., Any]
    set_weights: Callable[..., Any]
    build: Callable[..., Any]
    _initial_weights: Any

    def __new__(cls, *args: Any, **options: Any) -> Self:
        """Keeps what a class of a user's is made of: its config where it has no `get_config`, as in Keras."""
        made = super().__new__(cls)
        if not ours(cls) and next(base for base in cls.__mro__ if ours(base)).__name__ in ("Layer", "Model"):
            vars(made)["_given"] = given_plainly(cls, args, options)
        return made

    def ensure_built(self, shapes: Sequence[LayerShape]) -> None:
        """Makes the weights on first use.

        `shapes`: of the inputs.
        """
        if not self.built:
            self._making_weights(lambda: self._build_for(shapes))

    def _build_for(self, shapes: Sequence[LayerShape]) -> None:
        self._check_inputs([DimSpec(tuple(shape)) for shape in shapes])
        self.build(self._arranged_inputs([known_dims(shape) for shape in shapes]))

    def _making_weights(self, build: Callable[[], None]) -> None:
        """What goes with making the weights.

        `build`: makes them.
        """
        vars(self)["_building"] = True
        with recording(None), nothing_recorded():  # weights are made once, also where the call is traced
            try:
                build()
            except GlbackendError as error:
                error.name_layer(type(self).class_name, self.name)
                raise
            finally:
                vars(self).pop("_building", None)
            self.built = True
            if self._inner_layers:
                for name, variable in self.named_weights():
                    variable.name = name
            if self._initial_weights is not None:
                self.set_weights(self._initial_weights)
