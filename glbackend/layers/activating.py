"""What activations take when they are called: tensors, arrays, symbolic tensors, and Keras's arguments."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from glbackend.base.registry import Registry
from glbackend.engine.tensor import Tensor
from glbackend.layers.symbolic import SymbolicTensor
from glbackend.ops.keras import convert_to_tensor as tensor_of

Activation = Callable[[Tensor], Tensor]
ACTIVATIONS: Registry[Activation] = Registry("activation")
# What is called where there are arguments beside x: by the activation's name, or for all others a function
# that is given the name first. Modules fill it in that know layers and Keras's functions, and need this one.
WITH_ARGUMENTS: dict[str, Callable[..., Any]] = {}
ANY_OTHER = "any other"


def activation(*aliases: str) -> Callable[[Activation], Activation]:
    """Declares an activation by its own name and by `aliases`: files know it, and Keras's calls of it.

    >>> @activation()
    ... def cubed_for_once(x):
    ...     return x * x * x
    >>> cubed_for_once([2]).numpy().tolist()
    [8.0]
    >>> for one in (ACTIVATIONS._entries, ACTIVATIONS.declared):
    ...     _ = [one.pop(name, None) for name in ("cubedforonce", "cubed_for_once")]
    """

    def declare(function: Activation) -> Activation:
        given = of_numbers(function)

        @wraps(function)
        def call(x: Any, *args: Any, **named: Any) -> Any:
            if args or named:
                name = function.__name__
                known = WITH_ARGUMENTS.get(name) or partial(WITH_ARGUMENTS[ANY_OTHER], name)
                return known((x, *args), named)
            if isinstance(x, Tensor):
                return function(x)
            return x.activated(call) if isinstance(x, SymbolicTensor) else given(x)

        return ACTIVATIONS.declare(*aliases)(call)

    return declare


def of_numbers(function: Callable[..., Tensor]) -> Callable[..., Any]:
    """An activation that takes numbers and arrays beside tensors.

    >>> of_numbers(lambda x: x.relu())([-1., 1.]).numpy().tolist()
    [0.0, 1.0]
    """

    @wraps(function)
    def call(x: Any, *args: Any, **named: Any) -> Any:
        if not isinstance(x, SymbolicTensor):
            x = tensor_of(x)
            x = x.cast("float32") if x.dtype in ("int32", "bool") else x
        return function(x, *args, **named)

    return call
