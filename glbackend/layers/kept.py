"""Names that layers and models keep for themselves: a user's class that takes one is told so."""

from typing import TYPE_CHECKING, Any

from glbackend.base.errors import ArgumentError
from glbackend.base.naming import ours

# methods and properties that a class of Keras's may leave free, or that stand in the API of ours
KEPT = frozenset(
    {
        *("ensure_built", "history", "losses", "named_weights"),
    }
)
ANSWERED = frozenset({"history"})  # what a class may answer otherwise


if TYPE_CHECKING:
    free = property
else:

    class free(property):
        """A property in whose place a user's class may put a value, as in Keras: our code asks another."""

        def __set_name__(self, owner: type, name: str) -> None:
            self.name = name

        def __get__(self, thing: Any, owner: type | None = None) -> Any:
            held = {} if thing is None else vars(thing)
            return held[self.name] if self.name in held else super().__get__(thing, owner)

        def __set__(self, thing: Any, value: Any) -> None:
            if ours(type(thing)):
                super().__set__(thing, value)
            vars(thing)[self.name] = value

        def __delete__(self, thing: Any) -> None:
            if self.name not in vars(thing):
                super().__delete__(thing)
            del vars(thing)[self.name]


def check_set(thing: Any, name: str, value: Any) -> None:
    """ArgumentError where a user's class puts a value of its own under a kept name."""
    inner = _inherited(type(thing), name) if name in KEPT or name.startswith("_") else None
    if (inner is not None and (name in KEPT or _made(inner))) or (name == "trainer" and _a_users(value)):
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
    if not isinstance(word := vars(cls).get("class_name", ""), str):
        raise ArgumentError(
            f"{cls.__name__}: class_name in the body of a class is its name in files, a text, got {word!r}: "
            f"attributes of that name are set in __init__"
        )
    for name, value in vars(cls).items():
        private = name.startswith("_") and not name.endswith("_")
        kept = (private or name in KEPT - ANSWERED) and _made(_inherited(cls, name))
        if (kept and (_made(value) or name in KEPT)) or name == "trainer":
            raise _refused(cls, name)


def _a_users(value: Any) -> bool:
    """Whether it is nothing that our own code puts there; a trainer may be of a user's class."""
    own = value is None or ours(type(value)) or hasattr(value, "reduce_gradients")
    return not own or hasattr(value, "call")


def _made(value: Any) -> bool:
    """Whether it is a method or a property."""
    return callable(value) or isinstance(value, property)


def _inherited(cls: type, name: str) -> Any:
    """What a class has of a name from one of ours: a model has more of them than a layer."""
    return next((vars(base)[name] for base in cls.__mro__ if ours(base) and name in vars(base)), None)


def _refused(cls: type, name: str) -> ArgumentError:
    return ArgumentError(
        f"{cls.__name__}: layers and models keep the name {name!r} for themselves here: call yours another, "
        f"such as 'my_{name.strip('_')}'"
    )
