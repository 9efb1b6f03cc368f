"""Layers that are a function of their inputs, or only say what they cost."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.base.registry import Registry
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, layer
from glbackend.layers.regularizers import L1L2

FUNCTIONS: Registry[Callable[..., Any]] = Registry("function")  # of users: there are none of ours


@layer("identity")
class Identity(Layer):
    """Gives its inputs as they are.

    As Keras's Identity.

    >>> import glbackend as gl
    >>> gl.layers.identity()(gl.tensor([1., 2.])).numpy().tolist()
    [1.0, 2.0]
    """

    accepts_int = True
    supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        return inputs


@layer("activity_regularization")
class ActivityRegularization(Layer):
    """Gives its inputs as they are; in training they cost l1 * sum |x| + l2 * sum x^2 for each example.

    `l1`, `l2`: the two factors.

    As Keras's ActivityRegularization.

    >>> import glbackend as gl
    >>> layer = gl.layers.activity_regularization(l1=0.5)
    >>> layer.activity_regularizer(layer(gl.tensor([1., -2.]))).item()
    1.5
    """

    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.l1, self.l2 = l1, l2
        self.activity_regularizer = L1L2(l1, l2)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs


@layer("lambda_")
class Lambda(Layer):
    """A function of tensors as a layer, which files hold by its name: `gl.register(f, kind="function")`.

    No code in a file is ever run. Where Keras has saved the code of a lambda in place of a name, the layer is
    the function that is registered under the layer's name.

    `function`: the function, or the name of one that is registered. It is called with the inputs, and with
    `mask` and `training` by name where it has such arguments.
    `output_shape`: kept for files; the shape is found by tracing the function.
    `mask`: the mask of the output, or a function of inputs and mask that gives it; by default there is none.
    `arguments`: more of the function's arguments, by name.

    Raises ArgumentError for a name that is not registered. As Keras's Lambda.

    >>> import glbackend as gl
    >>> gl.layers.lambda_(lambda x: x * 2)(gl.tensor([1., 2.])).numpy().tolist()
    [2.0, 4.0]
    """

    accepts_int = True
    unsaved = Layer.unsaved | {"output_shape"}

    def __init__(
        self,
        function: Any,
        output_shape: Sequence[int | None] | None = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.function = FUNCTIONS.get(function)
        self.mask, self.arguments = mask, dict(arguments or {})
        self._given_shape = output_shape
        self._asked = inspect.signature(self.function).parameters.keys() & {"mask", "training"}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_shape": self._given_shape}

    @classmethod
    def from_config(cls, config: Any) -> Any:
        return super().from_config(named_function(config))

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        given = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{name: given[name] for name in self._asked})

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask


def named_function(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a Lambda, its function by name however Keras 2 and 3 have it; code is left unread."""
    known = {key: one for key, one in config.items() if key not in KERAS_2}
    function = known.get("function")
    if isinstance(function, Mapping) and isinstance(function.get("config"), str):
        known["function"] = function["config"]
    elif isinstance(function, Mapping | list | tuple):
        name = known.get("name")
        if FUNCTIONS.lookup(name) is None:
            raise ArgumentError(
                f"lambda {name!r}: the file holds code in place of a function's name, which is never run: "
                f"register the function under the layer's name, "
                f'gl.register(f, kind="function", name={name!r})'
            )
        known["function"] = name
    return known


KERAS_2 = ("function_type", "module", "output_shape_type", "output_shape_module")
