"""Functions of tensors as layers: operators of symbolic tensors, and nodes that Keras 3 writes into files."""

import functools
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from glbackend.base.calling import names_of
from glbackend.base.errors import ArgumentError, CallError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.layers.activating import ANY_OTHER, WITH_ARGUMENTS
from glbackend.layers.known import AS_THEY_ARE, SIZES, at_once, plain_sizes
from glbackend.layers.layer import Layer, layer
from glbackend.layers.operations import OPERATIONS, dtype_of
from glbackend.layers.symbolic import SymbolicTensor, symbols_in
from glbackend.ops.create import tensor
from glbackend.ops.further.names import MODULE_OF, found, spelled
from glbackend.ops.keras import whole

Function = TypeVar("Function", bound=Callable[..., Any])

PLACE, SLICE, ELLIPSIS, CONSTANTS = (
    "__place__",
    "__slice__",
    "__ellipsis__",
    ("__tensor__", "__numpy__"),
)  # class names of arguments


def place_of(number: int) -> dict[str, Any]:
    """What stands in a call's arguments for the tensor of that number among its inputs."""
    return {"class_name": PLACE, "config": number}


@layer("operation")
class Operation(Layer):
    """A function of tensors as a layer: what an operator makes, as in `x * 2`, and files of Keras 3 have.

    The call takes the tensors, one or a list. Where the function takes something else beside them, `args` are
    all its arguments in order and `kwargs` those by name: {"class_name": "__place__", "config": 0} stands in
    them for the first tensor, and {"class_name": "__slice__", "config": {"start", "stop", "step"}} for a
    slice.

    `function`: its class's name in Keras 3, as "Multiply", "GetItem", "Mean"; ArgumentError for another.
    `options`: what the config of that class holds, by name: `axis`, `keepdims`, `dtype`.

    As the operations in Keras 3's functional models.

    >>> import glbackend as gl
    >>> halved = gl.layers.operation(function="Multiply")
    >>> halved(gl.tensor([3., 4.]), args=[0.5, {"class_name": "__place__", "config": 0}]).numpy().tolist()
    [1.5, 2.0]
    """

    accepts_int = True

    def __init__(self, function: str, options: Mapping[str, Any] | None = None, **others: Any) -> None:
        super().__init__(**others)
        if not is_operation(function):
            known = ", ".join(sorted({*OPERATIONS, *_further_ones()}))
            raise ArgumentError(f"operation: there is no function {function!r}: they are {known}")
        self.function, self.options = function, dict(options or {})

    def call(self, inputs: Any, args: Sequence[Any] | None = None, kwargs: Any = None) -> Any:
        tensors = inputs if isinstance(inputs, list) else [inputs]
        given = tensors if args is None else [_filled(one, tensors) for one in args]
        named = {key: _filled(one, tensors) for key, one in (kwargs or {}).items()}
        return _function_of(self.function)(*given, **{**self.options, **named})


def _filled(value: Any, tensors: list[Tensor]) -> Any:
    """An argument with its tensors and slices in their places."""
    if isinstance(value, list | tuple):
        return [_filled(one, tensors) for one in value]
    if not isinstance(value, Mapping):
        return value
    name, config = value.get("class_name"), value.get("config")
    if name == ELLIPSIS:
        return ...
    if name == SLICE and isinstance(config, Mapping):
        return slice(*(_filled(config.get(key), tensors) for key in ("start", "stop", "step")))
    if name == PLACE and isinstance(config, int) and 0 <= config < len(tensors):
        return tensors[config]
    if name in CONSTANTS and isinstance(config, Mapping):
        return tensor(config["value"], dtype=dtype_of(config.get("dtype", "float32")))
    raise ArgumentError(f"operation: an argument cannot be {value!r}")


class Spelling(NamedTuple):
    """How Keras calls a function of tensors; see tools/keras_operations.py."""

    arguments: list[str]
    class_name: str
    module: str
    options: list[str]  # which of the arguments the config of a node holds
    tensors: list[str]  # and which its call takes


@functools.cache
def spellings() -> dict[str, Spelling]:
    """Keras's functions by their names in `keras.ops`."""
    table = json.loads(Path(__file__).with_name("keras_operations.json").read_text(encoding="utf-8"))
    found = {name: _spelling(name, *one) for name, one in table.items()}
    return {**found, "abs": found["absolute"]}


def _spelling(
    name: str,
    arguments: list[str],
    options: list[str],
    module: str,
    class_name: str | None = None,
    tensors: list[str] | None = None,
) -> Spelling:
    """What a row of the table says; the class and the call's arguments are told where they do not follow."""
    if class_name is None:
        class_name = "".join(one[:1].upper() + one[1:] for one in name.rpartition(".")[2].split("_"))
    if tensors is None:
        tensors = [one for one in arguments if one not in options]
    return Spelling(arguments, class_name, f"keras.src.ops.{module}", options, tensors)


@functools.cache
def _further_ones() -> dict[str, str]:
    """By the class of its nodes, a function that is imported when it is first asked for."""
    known = spellings()
    names = [name for name in map(spelled, MODULE_OF) if name in known]
    return {known[name].class_name: name for name in reversed(names)}  # of two the first one


def is_operation(class_name: str) -> bool:
    """Whether there is a function for nodes of that class."""
    return class_name in OPERATIONS or class_name in _further_ones()


@functools.cache
def _function_of(class_name: str) -> Callable[..., Any]:
    """The function of a class: it takes the arguments of a node, and by name what its config holds."""
    if class_name in OPERATIONS:
        return OPERATIONS[class_name]
    name = _further_ones()[class_name]
    spelling, function = spellings()[name], found(name.rpartition(".")[2])
    tensors, theirs, own = spelling.tensors, spelling.arguments, [*chain.from_iterable(names_of(function))]
    first = tensors == theirs[: len(tensors)]

    def called(*given: Any, **options: Any) -> Any:
        named = {}
        for key, one in options.items():
            ours = _own_name(key, own, theirs)
            if ours in own or one not in (None, False):
                named[ours] = _dtype(one) if ours == "dtype" else one
        if first:
            return function(*given, **named)
        names = [_own_name(key, own, theirs) for key in tensors]
        return function(**dict(zip(names, given, strict=False)), **named)

    return called


def called_as_keras(name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """What `keras.ops` gives by that name; CallError for arguments that it does not take.

    >>> called_as_keras("celu", ([-100., 2.], 0.5), {}).numpy().tolist()
    [-0.5, 2.0]
    """
    spelling = spellings().get(name, Spelling(["x"], "", "", [], ["x"]))
    _bound(name, spelling.arguments, args, named)
    return in_keras_words(name, _function_of(spelling.class_name))(*args, **named)


WITH_ARGUMENTS[ANY_OTHER] = called_as_keras


@functools.cache
def module_of(class_name: str) -> str:
    """The module of Keras that a class of nodes is in."""
    found = (one.module for one in spellings().values() if one.class_name == class_name)
    return next(found, "keras.src.ops.numpy")


def in_keras_words(name: str, function: Function) -> Function:
    """`function` by Keras's names of arguments and dtypes too, and of symbolic tensors.

    >>> from glbackend.ops.movement import transpose
    >>> in_keras_words("transpose", transpose)([[1., 2.]], axes=[1, 0]).shape
    (2, 1)
    """
    spelling = spellings().get(name)
    own = [*chain.from_iterable(names_of(function))]
    theirs = own if spelling is None else spelling.arguments
    of_sizes = not SIZES.isdisjoint(theirs)
    tensors = _tensors_of(function)

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        if any(True for _ in symbols_in([args, named])):
            return _applied(name, spelling, args, named)
        of_floats = bool(args) and isinstance(args[0], Tensor) and args[0].dtype == "float32"
        if of_sizes:
            args, named = plain_sizes(theirs, args, named)
        if spelling is not None:
            named = {_own_name(key, own, theirs): one for key, one in named.items()}
        args = tuple([tensors[i](one) if i in tensors else one for i, one in enumerate(args)])
        named = {key: tensors[key](one) if key in tensors else one for key, one in named.items()}
        if "dtype" in own:
            place = own.index("dtype")
            args = tuple([_dtype(one) if i == place else one for i, one in enumerate(args)])
            if "dtype" in named:
                named["dtype"] = _dtype(named["dtype"])
        with AS_THEY_ARE if of_floats or spelling is None else at_once(args, named):
            return function(*args, **named)

    return call  # type: ignore[return-value]


def _tensors_of(function: Callable[..., Any]) -> dict[int | str, Callable[[Any], Any]]:
    """By name and place the arguments that are tensors, or several, and what makes whole numbers int32.

    They are float32 in TF.js, and int32 in Keras.
    """
    several = {Sequence[TensorLike]: _whole_ones, TensorLike: whole, TensorLike | None: whole}
    asked = inspect.unwrap(function).__annotations__
    names = names_of(function)[0]
    found = [name for name in names if asked.get(name) in several]
    return {key: several[asked[name]] for name in found for key in (name, names.index(name))}


def _whole_ones(given: Any) -> Any:
    return [whole(one) for one in given] if isinstance(given, list | tuple) else given


def _own_name(key: str, own: list[str], theirs: list[str]) -> str:
    """Our name of an argument that Keras calls `key`: that in the same place."""
    if key in own or key not in theirs or theirs.index(key) >= len(own):
        return key
    return own[theirs.index(key)]


ABOUT: dict[str, Callable[[SymbolicTensor], Any]] = {  # what is known of a symbolic tensor
    "shape": lambda x: x.shape,
    "ndim": lambda x: len(x.shape),
    "dtype": lambda x: x.dtype,
    "is_tensor": lambda x: False,
}


def _dtype(given: Any) -> Any:
    if isinstance(given, type | np.dtype) and issubclass(np.dtype(given).type, np.number | np.bool):
        given = np.dtype(given).name  # float and np.float64 are dtypes too
    return dtype_of(given) if isinstance(given, str) and given != "string" else given


def _applied(name: str, spelling: Spelling | None, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """The layer of a function, applied to arguments with symbolic tensors among them."""
    if name in ABOUT and len(args) == 1 and not named:
        return ABOUT[name](args[0])
    if spelling is None or not is_operation(spelling.class_name):
        raise ArgumentError(
            f"{name} is none of the functions that take symbolic tensors: within a model call it in a layer, "
            f"gl.layers.Lambda(function)(x), or the call of a class derived from gl.layers.Layer"
        )
    given = _bound(name, spelling.arguments, args, named)
    options = {key: _plain(given[key]) for key in spelling.options if key in given}
    names = [one.lstrip("*") for one in spelling.tensors if one.lstrip("*") in given]
    starred = [one[1:] for one in spelling.tensors if one.startswith("*")]
    values = [one for key in names for one in (given[key] if key in starred else [given[key]])]
    layer = Operation(spelling.class_name, options)
    if all(isinstance(one, SymbolicTensor) for one in values):
        return layer(values if len(values) > 1 else values[0])
    symbols = list(symbols_in(values))
    return layer(symbols if len(symbols) > 1 else symbols[0], args=_placed(values, count()))


def _bound(name: str, arguments: list[str], args: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by Keras's names; those of a starred one as a list."""
    star = next((i for i, one in enumerate(arguments) if one.startswith("*")), len(arguments))
    known = [one.lstrip("*") for one in arguments]
    given: dict[str, Any] = dict(zip(known[:star], args, strict=False))
    rest = list(args[star:])
    unknown = [one for one in named if one not in known or one in given]
    takes = f"it takes ({', '.join(arguments)})"
    if unknown:
        if unknown[0] in given:
            raise CallError(f"{name}: argument {unknown[0]!r} is given twice: {takes}")
        raise CallError(f"{name}: there is no argument {unknown[0]!r}: {takes}")
    if rest and star == len(arguments):
        raise CallError(f"{name}: {takes}, got {len(args)} arguments")
    return {**given, **({known[star]: rest} if rest else {}), **named}


def _placed(value: Any, numbers: Iterator[int]) -> Any:
    """An argument as `Operation` takes it: places for symbolic tensors, slices as files have them."""
    if isinstance(value, SymbolicTensor):
        return place_of(next(numbers))
    if isinstance(value, list | tuple):
        return [_placed(one, numbers) for one in value]
    if isinstance(value, slice):
        config = {key: _placed(getattr(value, key), numbers) for key in ("start", "stop", "step")}
        return {"class_name": SLICE, "config": config}
    return {"class_name": ELLIPSIS, "config": {}} if value is Ellipsis else _plain(value)


def _plain(value: Any) -> Any:
    """A value as JSON has it; of arrays and tensors what stands for them."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | Tensor):
        array = np.asarray(value)
        return {"class_name": CONSTANTS[1], "config": {"value": array.tolist(), "dtype": array.dtype.name}}
    return value


def _operated(function: str, *values: Any) -> Any:
    """The layer of an operator, applied to symbolic tensors, numbers and arrays."""
    symbols = list(symbols_in(values))
    if len(symbols) == len(values) and function != "GetItem":
        return Operation(function)(symbols if len(symbols) > 1 else symbols[0])
    return Operation(function)(symbols if len(symbols) > 1 else symbols[0], args=_placed(values, count()))


SymbolicTensor.operated = staticmethod(_operated)
