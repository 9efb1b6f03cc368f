"""What Python functions take from outside themselves: a graph holds that as it was when it was traced.

Of the function that is captured it is part of a graph's key (`outer_names`). Of functions of a user's that a
step calls, losses, metrics and the like, it is too where it can be looked at (`outside`).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dis import get_instructions
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor, Variable
from glbackend.graph.signature import PLAIN, Same, key_of

Looks = tuple[tuple[str, Callable[[], Any]], ...]  # names, and how to look

OURS = __name__.partition(".")[0]
STEADY = (OURS, "builtins", "functools", "itertools", "math", "numpy", "operator", "typing")  # modules
# names in a function's code of what a graph would not do again
DONE_EACH_TIME = {
    "__import__", "append", "eval", "exec", "globals", "input", "next", "open", "print", "random",
    "vars", "write",
}  # fmt: skip
MOST = 4096  # elements of an array or a list that are compared each time


def outer_names(function: Callable[..., Any]) -> Looks:
    """What a Python function takes from outside itself: names, and how to look."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return ()
    world = function.__globals__
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    inner = [(name, partial(getattr, cell, "cell_contents")) for name, cell in cells]
    named = dict.fromkeys(name for one in _codes(code) for name in one.co_names if name in world)
    return (*inner, *[(name, partial(world.get, name)) for name in named])


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code, and that of the functions within it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def outer_values(names: Looks) -> tuple[tuple[str, Hashable], ...]:
    """The numbers, text and tensors among what a function takes from outside, by name.

    A graph holds them as they were; where one has changed, it does not serve.
    """
    found: list[tuple[str, Hashable]] = []
    for name, look in names:
        try:
            value = look()
        except ValueError:  # a cell that holds nothing yet
            continue
        if isinstance(value, Tensor):
            if not isinstance(value, Variable):
                found.append((name, None if value.is_disposed else value.data_id))
        elif isinstance(value, Same):
            found.append((name, value))
        elif isinstance(value, PLAIN) and not isinstance(value, type):
            found.append((name, key_of(value, [])))
    return tuple(found)


def _compared(value: Any) -> bool:
    """Whether it is a container of numbers and text alone, and of few."""
    if isinstance(value, np.ndarray):
        return value.size <= MOST and value.dtype != object
    if not isinstance(value, list | tuple | dict | set | frozenset) or len(value) > MOST:
        return False
    parts = value.values() if isinstance(value, dict) else value
    return all(isinstance(one, PLAIN) and not isinstance(one, type) for one in parts)


def outside(things: Iterable[Any]) -> Looks | None:
    """What functions of a user's among `things` take from outside, those that they call included.

    None where that may change unseen (an object, a large array, a module of the user's), or where one does
    what a graph would not do again.
    """
    looks: Looks = ()
    met: dict[int, Any] = {}  # held, so that no other thing gets its id
    left = list(things)
    while left:
        one = left.pop()
        if id(one) in met:
            continue
        met[id(one)] = one
        names: Looks = ()
        if isinstance(one, partial):
            names = _looks([one.func, *one.args, *one.keywords.values()])
        elif _root(type(one)) == OURS and hasattr(one, "__dict__"):  # an object of ours may hold a function
            left += [held for held in vars(one).values() if isinstance(held, FunctionType | partial)]
        elif isinstance(one, FunctionType) and _root(one) not in STEADY:
            if any(map(_done_each_time, _codes(one.__code__))):
                return None
            names = _looks([*(one.__defaults__ or ()), *(one.__kwdefaults__ or {}).values()])
            names += outer_names(one)
        elif not _steady(one):
            return None
        looks += tuple([(name, partial(_as_one, look)) for name, look in names])
        left += [value for _, look in names for value in _held(look)]
    return looks


def _done_each_time(code: CodeType) -> bool:
    """Whether it may do what a graph would not do again, with modules that it imports too."""
    imported = (one.argval for one in get_instructions(code) if one.opname == "IMPORT_NAME")
    return not DONE_EACH_TIME.isdisjoint(code.co_names) or any(_top(one) not in STEADY for one in imported)


def _looks(values: list[Any]) -> Looks:
    """How to look at arguments that a function was given beforehand."""
    return tuple([(f"argument {i}", partial(values.__getitem__, i)) for i in range(len(values))])


def _as_one(look: Callable[[], Any]) -> Any:
    """What `look` finds: a small container as one plain value, a function or an object as which one it is."""
    value = look()
    if _compared(value):
        return value.tobytes() if isinstance(value, np.ndarray) else repr(value)
    plain = isinstance(value, (Tensor, *PLAIN)) and not isinstance(value, type)
    return value if plain else Same(value)


def _held(look: Callable[[], Any]) -> list[Any]:
    try:
        return [look()]
    except ValueError:  # a cell that holds nothing yet
        return []


def _root(thing: Any) -> str:
    """The package of a class, a function or a module."""
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None)
    return _top(str(name or "builtins"))


def _top(module: str) -> str:
    """The package of a module; random numbers of NumPy's are a matter of their own."""
    return module if module.startswith("numpy.random") else module.partition(".")[0]


def _steady(value: Any) -> bool:
    """Whether it stays what it is, or is looked at each time; a method of an object in C does not."""
    if not isinstance(getattr(value, "__self__", None), ModuleType | type | None):
        return False
    if isinstance(value, ModuleType | type | FunctionType | BuiltinFunctionType | np.ufunc):
        return _root(value) in STEADY
    return isinstance(value, (Tensor, *PLAIN)) or _root(type(value)) == OURS or _compared(value)
