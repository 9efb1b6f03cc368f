"""The names under which Keras knows classes and functions of users: "package>name"."""

from collections.abc import Mapping
from typing import Any

from glbackend.base.registry import KINDS, custom_objects_now


def get_registered_name(obj: Any) -> str:
    """What Keras calls a class or function: "package>name" of a registered one. As `keras.saving`'s.

    `obj`: the class or function. What `gl.register` made known is of the package "Custom", as by default.

    >>> import glbackend as gl
    >>> @gl.saving.register_keras_serializable(package="mine")
    ... class Halved(gl.layers.Layer): ...
    >>> get_registered_name(Halved), get_registered_name(gl.layers.Dense)
    ('mine>Halved', 'Dense')
    """
    known = next((found for one in KINDS.values() if (found := one.known(obj)) and found.own), None)
    return looked_up_as(obj, f"Custom>{known.name}" if known else obj.__name__)


def looked_up_as(obj: Any, name: str) -> str:
    """By what Keras looks for a user's class of a file: as its decorator says, else `name`, as in
    `custom_objects`.
    """
    told = vars(obj).get("_registered_name") if hasattr(obj, "__dict__") else None
    return str(told or name)


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """The class or function of such a name, None where there is none. As `keras.saving`'s.

    `name`: "package>name", or one that a `custom_object_scope` gives.
    `custom_objects`, `module_objects`: others by name, asked when nobody is registered.

    >>> import glbackend as gl
    >>> gl.register(type("Thrice", (gl.layers.Layer,), {})) is get_registered_object("Custom>Thrice")
    True
    """
    scope = custom_objects_now()
    if name in scope:
        return scope[name]
    for kind in KINDS.values():
        found = kind.lookup(name.rpartition(">")[2])
        if found is not None and found.own and get_registered_name(found.thing) == name:
            return found.thing
    return (custom_objects or {}).get(name) or (module_objects or {}).get(name)


def own_entry(cls: Any, name: str, config: Any) -> dict[str, Any]:
    """An object of a user's class in Keras's files, by what Keras looks for.

    `name`: of the class in files of ours. `config`: what `get_config` gave.

    >>> own_entry(dict, "dict", {})["registered_name"]
    'dict'
    """
    registered = looked_up_as(cls, name)
    return {"module": None, "class_name": name, "config": config, "registered_name": registered}


def function_entry(function: Any, name: str) -> dict[str, Any]:
    """A user's function in Keras's files.

    `name`: where its decorator gives none.

    >>> function_entry(len, "len")["config"]
    'len'
    """
    named = looked_up_as(function, name)
    return {"module": "builtins", "class_name": "function", "config": named, "registered_name": "function"}
