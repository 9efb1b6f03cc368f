"""Configured: what is saved as class name and config, the config being its constructor's arguments."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from glbackend.base.calling import parameters_of
from glbackend.base.errors import ArgumentError
from glbackend.base.naming import check_spelling
from glbackend.base.nested import only
from glbackend.base.registry import serialize

PLAIN = (int, float, str, tuple, list)  # what a repr shows
NUMBERS = (bool, int, float, str)  # which are the same where they are equal
KNOWN_BESIDES = frozenset({"name", "trainable", "dtype"})  # what layers and models tell besides
_changes = 0  # of arguments, since the process began


def settings_version() -> int:
    """Another number whenever an argument of something made before was set to another value: a layer's rate,
    a regularizer's factor. What was traced or folded before holds the old one.

    >>> settings_version() == settings_version()
    True
    """
    return _changes


def setting_changed() -> None:
    """Makes `settings_version` another one.

    >>> before = settings_version()
    >>> setting_changed()
    >>> settings_version() == before
    False
    """
    global _changes
    _changes += 1


def given_plainly(cls: type, args: tuple[Any, ...], options: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a constructor is given, defaults too, but for `KNOWN_BESIDES`; None where it is no plain values.

    Keras's classes of users are saved by that where they have no `get_config`.

    >>> class Scaled:
    ...     def __init__(self, units, act="relu", **more): ...
    >>> given_plainly(Scaled, (3,), {"rate": 1})
    {'units': 3, 'act': 'relu', 'rate': 1}
    """
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    try:
        bound = signature.bind(None, *args, **options)
    except TypeError:
        return None
    bound.apply_defaults()
    found: dict[str, Any] = {}
    for name, value in list(bound.arguments.items())[1:]:
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            found |= value
        elif kind is not inspect.Parameter.VAR_POSITIONAL:
            found[name] = value
        if (kind is inspect.Parameter.VAR_POSITIONAL and value) or kind is inspect.Parameter.POSITIONAL_ONLY:
            return None
    for name in KNOWN_BESIDES:
        found.pop(name, None)
    return found if only((*NUMBERS, type(None)), found) else None


class Configured:
    """Keeps each argument of its constructor in the attribute of that name, from which a config is written.

    >>> class Ramp(Configured):
    ...     def __init__(self, slope=1.0, ends=(0, 1)):
    ...         self.slope, self.ends = slope, ends
    >>> Ramp.class_name, Ramp(2.0).get_config()
    ('Ramp', {'slope': 2.0, 'ends': [0, 1]})
    >>> Ramp(2.0)
    Ramp(slope=2.0)
    """

    class_name: ClassVar[str] = ""  # in files; the class's own name where it says nothing
    unsaved: ClassVar[frozenset[str]] = frozenset()  # arguments that no config holds

    def __init_subclass__(cls) -> None:
        cls.class_name = vars(cls).get("class_name", cls.__name__)

    def __setattr__(self, name: str, value: Any) -> None:
        """Notes that an argument of the constructor is set anew, of a layer once it is built."""
        check_spelling(self, name)
        held = vars(self)
        if name in held and held.get("built", True) and name in parameters_of(type(self)):
            before = held[name]
            same = before is value or (type(before) is type(value) in NUMBERS and before == value)
            if not same and self._is_in_graphs(name, before, value):
                setting_changed()
        object.__setattr__(self, name, value)

    def _is_in_graphs(self, name: str, before: Any, value: Any) -> bool:
        """Whether a graph that was traced with an argument as it was `before` does not serve any more."""
        return True

    def __repr__(self) -> str:
        """Its class and those arguments that are plain values and not as by default."""
        shown = []
        for name, one in parameters_of(type(self)).items():
            value = getattr(self, name, one.default)
            if isinstance(value, PLAIN) and value != one.default and name not in self.unsaved:
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal object, as files hold them.

        A user's class that has a `get_config` of its own adds what stands in no attribute of its name.
        """
        config, own = {}, not type(self).get_config.__module__.startswith("glbackend.")
        given = {} if own else vars(self).get("_given") or {}
        for name in parameters_of(type(self)):
            if name in given and name not in self.unsaved:
                config[name] = serialize(given[name])
            elif name not in self.unsaved:
                if not hasattr(self, name):
                    if own:
                        continue
                    raise ArgumentError(
                        f"{self.class_name}: its argument {name!r} is saved from the attribute of that name, "
                        f"which it has not got: set self.{name}, or give the class a get_config()"
                    )
                config[name] = serialize(getattr(self, name))
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """An object of such arguments; ArgumentError for one that it does not know, unless that is None."""
        known, given = parameters_of(cls), {key: one for key, one in config.items() if one is not None}
        for key in given.keys() - known.keys():
            raise ArgumentError(
                f"{cls.class_name}: its config has {key} = {given[key]!r}, which does not exist here"
            )
        return cls(**{key: one for key, one in config.items() if key in known})
