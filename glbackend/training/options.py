"""Classes of losses and metrics whose arguments are the options of a function, as Keras has one for each."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

Base = TypeVar("Base", bound=type)


def class_of(
    base: Base, name: str, function: Callable[..., Any], of_base: Sequence[inspect.Parameter], words: str
) -> Base:
    """A class `name` over `base`, made of the function's options and of the arguments `of_base`.

    The base is constructed with the function, then with all of them by name. `words` is the docstring.
    """
    options = [one.name for one in list(inspect.signature(function).parameters.values())[2:]]

    def init(self: Any, *args: Any, **given: Any) -> None:
        bound = signature.bind(self, *args, **given)
        bound.apply_defaults()
        values = dict(list(bound.arguments.items())[1:])
        vars(self).update({key: values[key] for key in options})
        cast(Any, base).__init__(self, function, **values)

    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    signature = inspect.Signature([own, *of_base])
    init.__signature__ = signature  # type: ignore[attr-defined]
    init.__name__ = "__init__"
    init.__annotations__ = {one.name: one.annotation for one in of_base}
    return type(base)(name, (base,), {"__init__": init, "__doc__": words})


def options_of(function: Callable[..., Any], defaults: Mapping[str, Any]) -> list[inspect.Parameter]:
    """The parameters of a function behind targets and predictions, some with another default."""
    return [
        one.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD, default=defaults.get(one.name, one.default))
        for one in list(inspect.signature(function).parameters.values())[2:]
    ]


def parameter(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    """An argument of a class."""
    return inspect.Parameter(
        name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation
    )


def in_words(options: Sequence[inspect.Parameter]) -> str:
    """`a`, `b`, of arguments."""
    return ", ".join(f"`{one.name}`" for one in options)
