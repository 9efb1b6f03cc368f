"""Names that layers and models keep for themselves: a user's class that takes one is told so."""

from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.base.naming import ours

# methods and properties that Keras's classes have not, so that its users may give the name to anything
KEPT = frozenset(
    {
        *("added_metrics", "arranged", "call_arguments", "call_order", "calls", "cast", "check_inputs"),
        *("class_name", "coded", "ensure_built", "expects", "grouped", "history", "input_keys", "input_name"),
        *("input_names", "input_shape", "inputs", "loss_functions", "makes_masks", "making"),
        *("meant_otherwise_by", "metric_names", "named_weights", "output_keys", "output_names"),
        *("output_shape", "outputs", "own_config", "own_metrics", "own_weights", "packed", "parted"),
        *("penalties", "ranks", "run", "sublayers", "takes_any", "takes_training", "trainable_flags"),
        *("untracked", "usual_steps", "with_masks", "with_sublayers"),
    }
)
ANSWERED = frozenset(
    {"history", "input_shape", "output_shape"}
)  # of these, what a class may answer otherwise
SET_HERE = {
    "input_keys": tuple,
    "output_keys": tuple,
    "ranks": range,
}  # and what our own code sets, and to what
OBJECTS = frozenset({"graph", "nodes", "origin", "trainer"})  # attributes that our own code sets


def check_set(thing: Any, name: str, value: Any) -> None:
    """ArgumentError where a user's class puts a value of its own under a kept name."""
    if name in KEPT:
        clashes = not isinstance(value, SET_HERE.get(name, ())) and _inherited(type(thing), name)
    elif name == "nodes":
        clashes = name in vars(thing)  # it is set once
    else:
        clashes = name in OBJECTS and _a_users(value)
    if clashes:
        raise _refused(type(thing), name)


def check_weight(thing: Any, name: str, held: Any) -> None:
    """ArgumentError where `held`, in whose place something else is put, is a weight of a built layer."""
    if vars(thing).get("built") and any(one.variable is held for one in thing._weights):
        raise ArgumentError(
            f"{type(thing).__name__} {thing.name!r}: its weight {name!r} stays the variable that it is, in "
            f"files too: {name}.assign(...) or set_weights(...) gives it other numbers"
        )


def check_body(cls: type) -> None:
    """ArgumentError where the body of a user's class has a method or property of a kept name."""
    for name, value in vars(cls).items():
        kept = name in OBJECTS or (name in KEPT - ANSWERED and _inherited(cls, name))
        if kept and (callable(value) or isinstance(value, property)):
            raise _refused(cls, name)


def _a_users(value: Any) -> bool:
    """Whether it is nothing that our own code puts there; a trainer may be of a user's class."""
    own = value is None or ours(type(value)) or hasattr(value, "reduce_gradients")
    return not own or hasattr(value, "call")


def _inherited(cls: type, name: str) -> bool:
    """Whether a class has the name from one of ours: a model has more of them than a layer."""
    return any(name in vars(base) for base in cls.__mro__ if ours(base))


def _refused(cls: type, name: str) -> ArgumentError:
    return ArgumentError(
        f"{cls.__name__}: layers and models keep the name {name!r} for themselves here: call yours another, "
        f"such as 'my_{name}'"
    )
