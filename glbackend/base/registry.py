"""What has a name in files: layers, activations, initializers, losses, ...; one registry for each kind.

A name is known in every spelling: TF.js's meanSquaredError, Keras's mean_squared_error and MeanSquaredError
are one.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, NamedTuple, TypeVar

from glbackend.base.errors import ArgumentError
from glbackend.base.naming import snake_case
from glbackend.base.unknown import Unknown, note_unknown

Thing = TypeVar("Thing")
Declared = TypeVar("Declared", bound=Callable[..., Any])

KINDS: "dict[str, Registry[Any]]" = {}
SHARED = "shared_object_id"  # Keras's key of a number that entries of one and the same object have
_numbers: ContextVar[Mapping[int, int] | None] = ContextVar("glbackend_shared_numbers", default=None)
_made_before: ContextVar[dict[Any, Any] | None] = ContextVar("glbackend_shared_objects", default=None)
_custom: ContextVar[Mapping[str, Any]] = ContextVar("glbackend_custom_objects", default={})  # noqa: B039 - read only


class Entry(NamedTuple):
    """A thing under the name that files hold, and how it is made of a saved config."""

    name: str
    thing: Any
    make: Callable[[Mapping[str, Any]], Any]
    own: bool  # a user's


def _plain(name: object) -> str:
    """A name without its spelling, and without the package that Keras puts before those of users."""
    return str(name).rpartition(">")[2].replace("_", "").lower()


def _maker(thing: Any) -> Callable[[Mapping[str, Any]], Any]:
    if not isinstance(thing, type):
        return lambda config: thing
    from_config = getattr(thing, "from_config", None)
    return from_config or (lambda config: thing(**config))


def _own_name(thing: Any) -> str:
    own = vars(thing).get("class_name") if isinstance(thing, type) else None
    return str(own or getattr(thing, "__name__", ""))


class Registry(Generic[Thing]):
    """All things of a kind by name: classes, which derive from `base`, and where it has `functions` those.

    `parent` is another registry whose things serve too, `called` what errors call the kind. What is `spare`
    does not keep a file from being loaded where it is unknown: prediction does without it.

    >>> shapes = Registry("test shape")
    >>> @shapes.declare("quad")
    ... def four_sided():
    ...     return 4
    >>> shapes.get("fourSided")(), shapes.serialize(shapes.get("Quad"))
    (4, 'four_sided')
    >>> shapes.get("forsided")
    Traceback (most recent call last):
    glbackend.base.errors.ArgumentError: unknown test shape 'forsided': did you mean 'four_sided'? ...
    >>> del KINDS["test shape"]
    """

    def __init__(
        self,
        kind: str,
        base: type | None = None,
        parent: "Registry[Any] | None" = None,
        functions: bool = True,
        spare: bool = False,
        called: str = "",
    ) -> None:
        self.kind, self.base, self.parent, self.functions = kind, base, parent, functions
        self.spare, self.called = spare, called or kind
        self.declared: dict[str, Any] = {}  # the classes and functions of ours, by their names in files
        self._entries: dict[str, Entry] = {}
        self._by_thing: dict[int, Entry] = {}
        KINDS[kind] = self

    def declare(self, *aliases: str) -> Callable[[Declared], Declared]:
        """Decorates a class or function of ours: it is known by its own name and by `aliases`."""

        def add(thing: Declared) -> Declared:
            self.declared[_own_name(thing)] = thing
            self._add(Entry(_own_name(thing), thing, _maker(thing), False), *aliases)
            return thing

        return add

    def factory(self, name: str, make: Callable[..., Thing]) -> None:
        """A name of ours for what `make(**config)` gives, which is saved under its class's own name.

        What is None in the config says nothing: Keras 3 has more arguments there.
        """

        def made(config: Mapping[str, Any]) -> Thing:
            return make(**{key: one for key, one in config.items() if one is not None})

        self._add(Entry(name, make, made, False))

    def register(self, thing: Any, name: str | None = None) -> None:
        """Makes a user's class or function known; ArgumentError where the name is one of ours."""
        entry = Entry(name or _own_name(thing), thing, _maker(thing), True)
        taken = self._entries.get(_plain(entry.name))
        if not entry.name.isidentifier() or (taken is not None and not taken.own):
            why = "is built in" if taken else "is none"
            raise ArgumentError(
                f"register: the {self.kind} name {entry.name!r} {why}: give it another, name=..."
            )
        self._add(entry)

    def _add(self, entry: Entry, *aliases: str) -> None:
        self._by_thing[id(entry.thing)] = entry
        for name in (entry.name, *aliases):
            self._entries[_plain(name)] = entry

    def names(self) -> list[str]:
        """All names, as in code."""
        own = [snake_case(entry.name) for entry in self._entries.values()]
        return list(dict.fromkeys([*own, *(self.parent.names() if self.parent else ())]))

    def lookup(self, name: object) -> Entry | None:
        """The entry of a name in any spelling, None where there is none."""
        for given, thing in _custom.get().items():
            if _plain(given) == _plain(name) and self.takes(thing):
                return Entry(given, thing, _maker(thing), True)
        found = self._entries.get(_plain(name))
        return self.parent.lookup(name) if found is None and self.parent else found

    def find(self, name: object) -> Entry:
        """The entry of a name in any spelling; ArgumentError with near misses where there is none."""
        found = self.lookup(name)
        if found is None:
            known = self.names()
            near = difflib.get_close_matches(snake_case(str(name)), known, 2)
            hint = (
                f"did you mean {' or '.join(map(repr, near))}?" if near else f"use one of {', '.join(known)};"
            )
            raise ArgumentError(f"unknown {self.called} {name!r}: {hint} gl.register makes yours known")
        return found

    def get(self, given: Any) -> Thing:
        """The thing of a name, of a saved {"class_name", "config"}, of its class, or the thing itself."""
        if isinstance(given, Mapping) and given.get("class_name") == "function":  # as Keras 3 writes one
            given = given["config"] if isinstance(given.get("config"), str) else given
        if isinstance(given, str):
            return self._made(given, given, {})
        if isinstance(given, Mapping):
            name, config = given.get("class_name"), given.get("config") or {}
            return made_once(given, lambda: self._made(given, name, config))
        known = self.known(given)
        if known is not None:
            return known.make({})
        fits = self.base is not None and isinstance(given, self.base)
        if not fits and (isinstance(given, type) or not self.takes(given)):
            article = "an" if self.called[0] in "aeiou" else "a"
            raise ArgumentError(
                f"{self.called}: must be a name, a saved config or {article} {self.called}, got {given!r}"
            )
        return given

    def _made(self, given: Any, name: Any, config: Any) -> Any:
        try:
            return self._of_config(name, config)
        except (TypeError, ValueError) as error:
            if not self.spare or not note_unknown(f"{self.kind} {str(name)[:80]!r}"):
                raise
            return Unknown(self.kind, given, str(error))

    def _of_config(self, name: Any, config: Any) -> Any:
        try:
            return self.find(name).make(config)
        except AttributeError as error:
            if isinstance(config, Mapping):
                raise
            raise ArgumentError(
                f"{self.called} {name!r}: its config must be an object, not {type(config).__name__}"
            ) from error

    def takes(self, thing: Any) -> bool:
        """Whether a class or function can be of this kind."""
        if not isinstance(thing, type):
            return self.functions and callable(thing)
        return self.base is not None and issubclass(thing, self.base)

    def knows(self, thing: Any) -> bool:
        """Whether it is a class or function of this registry, or an object of its base class."""
        return id(thing) in self._by_thing or (self.base is not None and isinstance(thing, self.base))

    def known(self, thing: Any) -> Entry | None:
        """The entry of a class or function of this registry, None where it is none."""
        return self._by_thing.get(id(thing))

    def serialize(self, thing: Any) -> Any:
        """What files hold: a function's name, class name and config of an object, None of None."""
        if thing is None:
            return None
        if isinstance(thing, Unknown):
            return thing.given
        if not hasattr(thing, "get_config"):
            return self._name_of(thing)
        number = (_numbers.get() or {}).get(id(thing))
        entry = {"class_name": self._name_of(type(thing)), "config": thing.get_config()}
        return entry if number is None else {**entry, SHARED: number}

    def _name_of(self, thing: Any) -> str:
        """Its name in files; ArgumentError where it would be read as another's."""
        known = self.known(thing)
        if known is None and self.parent is not None and self.parent.knows(thing):
            return self.parent.serialize(thing)
        return _free_name(thing, [self]) if known is None else known.name


def _free_name(thing: Any, registries: Iterable[Registry[Any]]) -> str:
    """The own name of a thing that is in no registry; ArgumentError where it has none or another's."""
    name = _own_name(thing)
    found = [one.lookup(name) for one in registries]  # in a scope of custom objects perhaps itself
    if not name.isidentifier() or any(one is not None and one.thing is not thing for one in found):
        raise ArgumentError(f"{name or repr(thing)} has no name of its own to be saved by: gl.register it")
    return name


def serialize(value: Any) -> Any:
    """What files hold of an argument: numbers and texts as they are, tuples as lists, named things by name.

    >>> serialize((1, 2)), serialize(None), serialize({"axis": (0,)})
    ([1, 2], None, {'axis': [0]})
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [serialize(one) for one in value]
    if isinstance(value, Mapping):
        return {key: serialize(one) for key, one in value.items()}
    if isinstance(value, Unknown):
        return value.given
    registry = next((one for one in KINDS.values() if one.knows(value)), None)
    if registry is not None:
        return registry.serialize(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return _free_name(value, KINDS.values())


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The layer, optimizer, loss or whatever else `serialize` gave that. As `keras.saving`'s.

    `config`: a dict with class_name and config; what is none is given back.
    `custom_objects`: classes of yours by name, for this call.

    ArgumentError for a class that nobody knows.

    >>> import glbackend as gl
    >>> gl.saving.deserialize_keras_object(gl.saving.serialize_keras_object(gl.layers.Dense(3))).units
    3
    """
    if not isinstance(config, Mapping) or "class_name" not in config:
        return config
    with known_as(custom_objects):
        kinds = [one for one in KINDS.values() if (found := one.lookup(config["class_name"])) and found.thing]
        if not kinds:
            raise ArgumentError(f"deserialize: nobody knows {config['class_name']!r}: gl.register it")
        return kinds[0].get(config)


def register(thing: Any = None, *, kind: str | None = None, name: str | None = None) -> Any:
    """Makes a class or function of yours known by name, as argument and to models that are loaded.

    `thing`: a class derived from `Layer`, `Initializer`, `Constraint`, `Regularizer`, `Optimizer`,
    `LearningRateSchedule`, `Callback`, `Loss` or `Metric`, or a function, whose `kind` must be said:
    "activation", "loss", "metric", "initializer", "constraint" or "regularizer". `name` is what files hold,
    by default the class's `class_name` or the function's name. Without `thing` it gives a decorator. Raises
    ArgumentError for a name that is built in; one of yours is replaced. As `tf.serialization.registerClass`.

    >>> import glbackend as gl
    >>> @gl.register(kind="activation")
    ... def squared(x):
    ...     return x * x
    >>> gl.layers.activation("squared")(gl.tensor([3.])).item()
    9.0
    """
    if thing is None:
        return lambda given: register(given, kind=kind, name=name)
    if kind is None:
        fitting = [one for one in KINDS.values() if isinstance(thing, type) and one.takes(thing)]
        if not fitting:
            raise ArgumentError(
                f"register: say of what kind {_own_name(thing)} is, kind=one of {', '.join(KINDS)}"
            )
        kind = fitting[0].kind
    if kind not in KINDS or not KINDS[kind].takes(thing):
        raise ArgumentError(f"register: {_own_name(thing)} is no {kind}: kinds are {', '.join(KINDS)}")
    KINDS[kind].register(thing, name)
    return thing


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Any:
    """A decorator that makes a class or function known, as `register`. As `keras.saving`'s.

    `package`: where Keras's files say it is from; ours don't.
    `name`: what files hold, by default the class's `class_name` or the function's name.

    A function may serve as activation, loss, metric, initializer or whatever else takes functions. Raises
    ArgumentError for a name that is built in.

    >>> import glbackend as gl
    >>> @gl.saving.register_keras_serializable(package="mine")
    ... def cubed(x):
    ...     return x ** 3
    >>> gl.layers.activation("cubed")(gl.tensor([2.])).item()
    8.0
    """

    def known(thing: Any) -> Any:
        kinds = (
            [None] if isinstance(thing, type) else [kind for kind, one in KINDS.items() if one.takes(thing)]
        )
        for kind in kinds:
            register(thing, kind=kind, name=name)
        thing._registered_name = f"{package}>{name or thing.__name__}"
        return thing

    return known


def custom_objects_now() -> Mapping[str, Any]:
    """What blocks of `known_as` around say."""
    return _custom.get()


@contextmanager
def known_as(things: Mapping[str, Any] | None) -> Iterator[None]:
    """Within the block these classes and functions are known by these names, before all others."""
    token = _custom.set({**_custom.get(), **(things or {})})
    try:
        yield
    finally:
        _custom.reset(token)


@contextmanager
def shared_written(shared: Callable[[], Iterable[Any]]) -> Iterator[None]:
    """Within the block entries of the objects that `shared` gives hold a number; an outer block decides."""
    if _numbers.get() is not None:
        yield
        return
    things = list(shared())
    token = _numbers.set({id(one): number for number, one in enumerate(things, 1)})
    try:
        yield
    finally:
        _numbers.reset(token)


@contextmanager
def shared_read() -> Iterator[None]:
    """Within the block entries of a file with one number give one object; blocks within go along."""
    token = _made_before.set({}) if _made_before.get() is None else None
    try:
        yield
    finally:
        if token is not None:
            _made_before.reset(token)


def made_once(entry: Mapping[str, Any], make: Callable[[], Thing]) -> Thing:
    """What `make` gives, or gave for another entry of the number and class in this one.

    >>> with shared_read():
    ...     lists = [made_once({"class_name": "L", "shared_object_id": 7}, list) for _ in range(2)]
    >>> lists[0] is lists[1]
    True
    """
    made, number = _made_before.get(), entry.get(SHARED)
    if made is None or number is None:
        return make()
    key = entry.get("class_name"), number
    if key not in made:
        made[key] = make()
    return made[key]
