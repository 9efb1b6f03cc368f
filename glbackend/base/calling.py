"""Wrong calls, explained: where a call does not fit, the error names argument, value and remedy.

`explained` wraps a public function, `Explained` is the metaclass of classes that users construct. A call that
works pays one `try`; only where it failed are its arguments held against the signature and its annotations.
"""

import functools
import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, TypeVar

from glbackend.base.annotations import fits, got, wanted
from glbackend.base.errors import (
    ArgumentError,
    CallError,
    DisposedError,
    DtypeError,
    GlbackendError,
    GLMemoryError,
    GradientError,
    HostMemoryError,
    ShapeError,
)
from glbackend.base.naming import ours, snake_case

Function = TypeVar("Function", bound=Callable[..., Any])
Parameters = dict[str, inspect.Parameter]
# what bad arguments raise by themselves
ORDINARY = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError)
OTHER_NAMES = {  # of NumPy, PyTorch and Keras
    "dim": "axis", "dims": "axis", "axes": "axis", "lr": "learning_rate", "padding": "pad", "pad": "padding",
    "stride": "strides", "epoch": "epochs", "size": "shape", "input": "x", "p": "rate", "num_units": "units",
    "out_features": "units", "negative_slope": "alpha", "shape": "input_shape",
}  # fmt: skip
NAMED = (ShapeError, DtypeError, ArgumentError, DisposedError, GradientError, HostMemoryError, GLMemoryError)
_PREFIX = re.compile(r"[A-Za-z_][\w.]*: ")


def explained(function: Function, name: str = "", *, beforehand: bool = False) -> Function:
    """`function`, whose wrong calls raise CallError and whose errors name it as users call it.

    `beforehand` holds the arguments against the annotations before each call: for functions that are not hot.

    >>> explained(lambda batch_size=1: 0, "f")(batchSize=2)
    Traceback (most recent call last):
    glbackend.base.errors.CallError: f: there is no argument 'batchSize': use batch_size
    """
    public = name or function.__name__

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        found: Exception | None = None
        try:
            found = _mismatch(public, [function], args, options) if beforehand else None
            if found is not None:
                raise found
            return function(*args, **options)
        except Exception as error:  # what is no wrong call is raised again as it is
            found = _explanation(public, [function], args, options, error, not beforehand)
            if found is error:
                raise
            raise found from None
        finally:
            found = None  # an error knows its frames: it would keep their tensors alive, and they it

    return typing.cast(Function, call)


def names_of(function: Callable[..., Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a Python function's parameters, those before and those after `*`.

    As `inspect.signature` says, which takes ten times as long: it would be a tenth of `import glbackend`.

    >>> names_of(lambda x, y=1, *, z: 0)
    (('x', 'y'), ('z',))
    """
    code = inspect.unwrap(function).__code__
    names, end = code.co_varnames, code.co_argcount
    return names[:end], names[end : end + code.co_kwonlyargcount]


def checked(function: Function) -> Function:
    """`explained` with the check of the annotations beforehand."""
    return explained(function, beforehand=True)


def asks_for(function: Callable[..., Any], name: str) -> bool:
    """Whether a function takes an argument of that name, or any.

    >>> asks_for(lambda shape, dtype=None: 0, "dtype"), asks_for(lambda shape: 0, "dtype")
    (True, False)
    """
    try:
        asked = inspect.signature(function).parameters
    except ValueError:  # functions in C that do not say
        return False
    return name in asked or any(one.kind is one.VAR_KEYWORD for one in asked.values())


class Explained(type):
    """The metaclass of layers and optimizers: a wrong call raises CallError before anything is made."""

    @property
    def __signature__(cls) -> inspect.Signature:
        """That of the constructor, the options that it hands on to its bases' constructors included."""
        own = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
        known = parameters_of(cls).items()
        return inspect.Signature(
            [one if name in own else one.replace(kind=one.KEYWORD_ONLY) for name, one in known]
        )

    def __call__(cls, *args: Any, **options: Any) -> Any:
        spelled = cls.__name__[:2].isupper() or not ours(cls)
        name = cls.__name__ if spelled else snake_case(cls.__name__)
        chain = _constructors(cls)
        if others := getattr(cls, "other_names", None):  # Keras's of some arguments
            options = {others.get(key, key): one for key, one in options.items()}
        found: Exception | None = None
        try:
            found = _mismatch(name, chain, (cls, *args), options)
            if found is not None:
                raise found
            return super().__call__(*args, **options)
        except ORDINARY as error:
            found = _explanation(name, chain, (cls, *args), options, error)
            if found is error:
                raise
            raise found from None
        finally:
            found = None  # as in `explained`


def parameters_of(cls: type) -> Mapping[str, inspect.Parameter]:
    """The arguments that a class is made of, those of its bases that its constructor hands on included."""
    known: Mapping[str, inspect.Parameter] | None = vars(cls).get("_parameters")
    if known is None:
        chain = _constructors(cls)
        known = _parameters(chain) if chain else {}
        cls._parameters = known  # type: ignore[attr-defined]  # in the class, and so gone with a user's
    return known


def _constructors(cls: type) -> list[Callable[..., Any]]:
    """The `__init__` functions of a class that share its options: each hands **options on to the next."""
    chain: list[Callable[..., Any]] = []
    for base in cls.__mro__:
        own = vars(base).get("__init__")
        if isinstance(own, FunctionType):
            chain.append(own)
            if not any(one.kind is one.VAR_KEYWORD for one in inspect.signature(own).parameters.values()):
                break
    other = getattr(cls, "options_of", None)  # a class whose options it takes for a part that it makes
    chain[-1:-1] = _constructors(other)[:-1] if other else []
    return chain


def _explanation(
    name: str,
    functions: Sequence[Callable[..., Any]],
    args: Sequence[Any],
    options: Mapping[str, Any],
    error: Exception,
    outer: bool = False,
) -> Exception:
    """What to raise in place of `error`: itself where the call was right; `outer` names callers' callers."""
    if isinstance(error, GlbackendError):
        if error.caller and outer and isinstance(error, NAMED):  # a function that this one called
            if wrong := _mismatch(name, functions, args, options):
                return wrong
            inner = error.inner = error.inner or str(error)
            error.caller, error.args = name, (f"{name}: {inner}", *error.args[1:])
        else:
            _name_caller(error, name)
        return error
    if not isinstance(error, ORDINARY):
        return error
    wrong = _misfit(name, functions, args, options) or _mismatch(name, functions, args, options)
    return wrong or error


def _name_caller(error: GlbackendError, name: str) -> None:
    """Puts the name of the innermost public function before the message, in place of a kernel's."""
    if error.caller or not error.args or not isinstance(error.args[0], str):
        return
    error.caller = name
    if not isinstance(error, NAMED):
        return
    text = error.args[0]
    if text.startswith((f"{name}: ", f"{name.rpartition('.')[2]}: ", f"{name} ")):
        return
    error.args = (
        f"{name}: {_PREFIX.sub('', text, count=1) if _PREFIX.match(text) else text}",
        *error.args[1:],
    )


def _parameters(functions: Sequence[Callable[..., Any]]) -> Parameters:
    known: Parameters = {}
    for function in functions:
        for key, one in inspect.signature(function).parameters.items():
            own = function is functions[0] or one.default is not one.empty  # a base's own: given by the class
            if key not in known and own and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
                known[key] = one
    known.pop("self", None)
    return known


def _misfit(
    name: str, functions: Sequence[Callable[..., Any]], args: Sequence[Any], options: Mapping[str, Any]
) -> CallError | None:
    """Why Python cannot bind the arguments; None where it can."""
    known = _parameters(functions)
    signature = inspect.signature(functions[0])
    open_ended = any(
        one.kind is one.VAR_KEYWORD for one in inspect.signature(functions[-1]).parameters.values()
    )
    takes = _takes(known)
    for key in options:
        if key not in known and not open_ended:
            hint = _other_spelling(key, known)
            return CallError(f"{name}: there is no argument {key!r}: {f'use {hint}' if hint else takes}")
    try:
        signature.bind(*args, **options)
    except TypeError as error:
        given = args[1:] if "self" in signature.parameters else args
        if given and isinstance(given[-1], dict) and (len(given) == 1 or "too many" in str(error)):
            return CallError(f"{name}: {_by_keyword(given[-1], known)}")
        return CallError(f"{name}: {error}{_one_list(given, signature)}; {takes}")
    return None


def _takes(known: Parameters) -> str:
    """The arguments in short, those after `*` by name only."""
    shown: list[str] = []
    for one in known.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        shown.append(one.name if one.default is one.empty else f"{one.name}={one.default!r}")
    while sum(map(len, shown)) > 200:
        shown[-2:] = ["..."]
    return f"takes ({', '.join(shown)})"


def _other_spelling(key: str, known: Parameters) -> str | None:
    """The parameter that `key` means: but for underscores and capitals equal, or another library's word."""
    plain = {one.replace("_", "").lower(): one for one in reversed(known)}  # of two equal ones the first
    spelled = plain.get(key.replace("_", "").lower()) or plain.get(f"{key.replace('_', '').lower()}s")
    return spelled or (OTHER_NAMES.get(key) if OTHER_NAMES.get(key) in known else None)


def _by_keyword(options: Mapping[Any, Any], known: Parameters) -> str:
    """TF.js's configuration object, as a Python call."""
    spelled = {
        _other_spelling(str(key), known) or snake_case(str(key)): value for key, value in options.items()
    }
    call = ", ".join(f"{key}={got(value, False)}" for key, value in spelled.items())
    return f"options are not given as one dict but by name: ({call})"


def _one_list(given: Sequence[Any], signature: inspect.Signature) -> str:
    """A hint where dims were given one by one: x.reshape(2, 2)."""
    places = [
        one
        for one in signature.parameters.values()
        if one.kind is one.POSITIONAL_OR_KEYWORD and one.name != "self"
    ]
    if len(given) > len(places):
        for i, one in enumerate(places):
            dims = given[i:]
            if i and "shape" in one.name and all(isinstance(dim, int) for dim in dims):
                return f": give {one.name} as one list, {list(dims)}"
    return ""


def _mismatch(
    name: str, functions: Sequence[Callable[..., Any]], args: Sequence[Any], options: Mapping[str, Any]
) -> CallError | None:
    """The first argument that is not what its annotation says; None where all are, or do not bind."""
    bound: dict[str, tuple[Any, Any]] = {}
    for i, function in enumerate(functions):
        hints = _hints(function)
        given = dict(zip(_positional(function), args, strict=False)) if i == 0 else {}
        for key, value in {**given, **options}.items():
            if key in hints and key not in bound and key != "self":
                bound[key] = (value, hints[key])
    for key, (value, hint) in bound.items():
        if not fits(value, hint):
            if isinstance(value, dict) and len(args) + len(options) <= 2:
                return CallError(f"{name}: {_by_keyword(value, _parameters(functions))}")
            one = f": give [{got(value, False)}]" if isinstance(value, int) and fits([value], hint) else ""
            return CallError(f"{name}: argument {key!r} must be {wanted(hint)}, got {got(value)}{one}")
    return None


def _once(make: Callable[[Callable[..., Any]], Any]) -> Callable[[Callable[..., Any]], Any]:
    """`make` of a function, once: kept in the function itself, with which a user's goes."""

    def found(function: Callable[..., Any]) -> Any:
        kept = getattr(function, "__dict__", {})
        if make.__name__ not in kept:
            kept[make.__name__] = make(function)
        return kept[make.__name__]

    return found


@_once
def _positional(function: Callable[..., Any]) -> list[str]:
    """The parameters that can be given by position."""
    return [
        one.name
        for one in inspect.signature(function).parameters.values()
        if one.kind is one.POSITIONAL_OR_KEYWORD
    ]


@_once
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError):  # names that only type checkers see
        return {
            key: one
            for key, one in getattr(function, "__annotations__", {}).items()
            if not isinstance(one, str)
        }
