"""Weights of layers: how each is made is said once, and those of layers kept in attributes are found."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.config import Configured, setting_changed
from glbackend.base.counts import MOST
from glbackend.base.dtypes import NUMPY, DType
from glbackend.base.errors import ArgumentError, GlbackendError, HostMemoryError, ShapeError
from glbackend.base.naming import Answering, ours
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Handle, Storage
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers import constraints, initializers, regularizers
from glbackend.layers.kept import check_set, check_weight
from glbackend.layers.policy import nearest_dtype
from glbackend.ops.create import tensor


class Weight(NamedTuple):
    """A variable of a layer with what training has to know of it."""

    short_name: str
    variable: Variable
    regularizer: regularizers.Regularizer | None
    constraint: constraints.Constraint | None


Flags = dict["Weighted", bool]  # by the layer itself
_flags: ContextVar[Mapping["Weighted", bool]] = ContextVar("glbackend_flags", default={})  # noqa: B039 - read only


@contextmanager
def trained_as(flags: Flags) -> Iterator[None]:
    """Within the block these layers are trainable, or not, as `flags` say."""
    token = _flags.set(flags)
    try:
        yield
    finally:
        _flags.reset(token)


Awaiting = list[tuple[Variable, Callable[[], Tensor]]]  # variables, and what gives their first values
_awaiting: ContextVar[Awaiting | None] = ContextVar("glbackend_awaiting", default=None)


@contextmanager
def filled_later() -> Iterator[Awaiting]:
    """Within the block new weights have shapes and no values yet: gives those that await them."""
    awaiting: Awaiting = []
    token = _awaiting.set(awaiting)
    try:
        yield awaiting
    finally:
        _awaiting.reset(token)


def _begun(
    initializer: Callable[[tuple[int, ...]], Any], shape: tuple[int, ...], whose: str, dtype: DType
) -> Tensor:
    """What an initializer gives, in that dtype; ArgumentError where that is no tensor of the shape."""
    if math.prod(shape) > MOST:
        raise ShapeError(f"{whose}: shape {list(shape)} has more than {MOST} numbers")
    try:
        found = initializers.start_of(initializer, shape, dtype)
    except MemoryError as error:
        if isinstance(error, GlbackendError):
            raise
        raise HostMemoryError(f"{whose}: no memory for numbers of shape {list(shape)}") from None
    if not isinstance(found, Tensor) or found.shape != shape:
        raise ArgumentError(f"{whose} must give a tensor of shape {list(shape)}, got {got(found)}")
    return found.cast(dtype)


def _nothing_yet(shape: Sequence[int], dtype: DType) -> Handle:
    """Zeros of any number that take no memory."""
    zeros = np.broadcast_to(np.zeros((), NUMPY[dtype]), [math.prod(shape)])
    return Handle(Storage(dtype, zeros.size, zeros), Spec(tuple(shape), dtype))


class Weighted(Answering, Configured):
    """What has weights: the part of a layer that makes, finds, names, sets and frees them."""

    name: str
    _trainable: bool
    _weights: list[Weight]
    _untracked_names: ClassVar[frozenset[str]] = frozenset()  # attributes whose variables are no weights

    def recipe(self, name: str, initializer: Any, regularizer: Any = None, constraint: Any = None) -> None:
        """Keeps how a weight is made, in <name>_initializer, <name>_regularizer and <name>_constraint.

        `name`: of the recipe, as "kernel".
        `initializer`, `regularizer`, `constraint`: each by name or as an object; how the weight starts, what
        it costs in training, what it is forced into after each step.
        """
        setattr(self, f"{name}_initializer", initializers.get(initializer))
        setattr(self, f"{name}_regularizer", regularizers.get(regularizer))
        setattr(self, f"{name}_constraint", constraints.get(constraint))

    def make(
        self, recipe: str, shape: Sequence[int | None], name: str | None = None, trainable: bool = True
    ) -> Variable:
        """The weight of a recipe, a new variable of the layer.

        `recipe`: its name.
        `shape`: of the weight; ShapeError where a dim is None.
        `name`: of the weight in the layer, by default that of the recipe.
        `trainable`: whether training changes it.
        """
        start, cost, force = (
            getattr(self, f"{recipe}_{part}") for part in ("initializer", "regularizer", "constraint")
        )
        return self.add_weight(name or recipe, shape, start, cost, force, trainable)

    def add_weight(
        self,
        name: str | Sequence[int | None] | None = None,
        shape: Sequence[int | None] | None = None,
        initializer: Any = None,
        regularizer: Any = None,
        constraint: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        **keras: Any,
    ) -> Variable:
        """A new variable of the layer. As `layer.addWeight`.

        `name`: its name within the layer; by default "variable", then "variable_1" and so on. A shape in its
        place, with the initializer next, is Keras 3's order.
        `shape`: its shape, () by default; ShapeError where a dim is None, that is not known.
        `initializer`, `regularizer`, `constraint`: each by name or as an object; how it starts (by default
        "glorotUniform", or "zeros" where it is no float), what it costs in training, what it is forced into
        after each step.
        `trainable`: whether training changes it.
        `dtype`: "float32", "int32" or "bool", or a name of Keras's that is nearest to one of these.
        `keras`: `autocast`, `aggregation` and `overwrite_with_gradient`, there for Keras's sake.

        >>> import glbackend as gl
        >>> gl.layers.Layer().add_weight("gain", [2], "ones").numpy().tolist()
        [1.0, 1.0]
        """
        if unknown := keras.keys() - _OF_KERAS:
            raise ArgumentError(f"add_weight: there is no argument {', '.join(sorted(unknown))}")
        if not (name is None or isinstance(name, str)):  # Keras's order
            name, shape, initializer = None, name, initializer if shape is None else shape
        kind = nearest_dtype(dtype)
        if initializer is None:
            initializer = "glorotUniform" if kind == "float32" else "zeros"
        shape = () if shape is None else shape
        if name is None:
            unnamed = sum(one.short_name.startswith("variable") for one in self._weights)
            name = f"variable_{unnamed}" if unnamed else "variable"
        sizes = [dim for dim in shape if dim is not None]
        if len(sizes) < len(shape):
            raise ShapeError(
                f"{type(self).class_name} {self.name!r}: the dims of its input that decide the shape of its "
                f"weight {name!r} must be known, got {list(shape)}"
            )
        whose = f"{type(self).class_name} {self.name!r}: the initializer of its weight {name!r}"
        start = partial(_begun, initializers.get(initializer), tuple(sizes), whose, kind)
        awaiting = _awaiting.get()
        handle = start().handle if awaiting is None else _nothing_yet(sizes, kind)
        variable = Variable(handle, trainable, f"{self.name}/{name}")
        if awaiting is not None:
            awaiting.append((variable, start))
        cost, force = regularizers.get(regularizer), constraints.get(constraint)
        self._weights.append(Weight(name, variable, cost, force))
        return variable

    def __setattr__(self, name: str, value: Any) -> None:
        """Notes which attributes may hold layers: asked at each step, they are not searched for then.

        Variables of a user's class are weights, as those of `add_weight` are, which are in it already.
        """
        users = not ours(type(self))
        if users:
            check_set(self, name, value)
        held = vars(self).get(name)
        if isinstance(held, Variable) and held is not value:
            check_weight(self, name, held)
            setting_changed()  # graphs read it
        super().__setattr__(name, value)
        if isinstance(value, list | dict) or any(_held(value, name, Weighted)):
            vars(self).setdefault("_holders", {})[name] = None
        if users:
            self._take_variables(name, value)

    def _taken_weights(self) -> list[Weight]:
        """Its own weights, among them now what a user's class has put into lists and dicts."""
        if not ours(type(self)):
            for name in vars(self).get("_holders", {}).keys() - _BOOKS:
                self._take_variables(name, vars(self).get(name))
        return self._weights

    def _take_variables(self, name: str, value: Any) -> None:
        """Makes weights of the variables in an attribute of a user's class, but for those that are some."""
        if name in self._untracked_names or "_weights" not in vars(self):
            return
        for path, variable in _held(value, name, Variable):
            inner = (weight for one in self._inner_layers.values() for weight in one._own_weights)
            if all(one.variable is not variable for one in (*self._weights, *inner)):
                names = {one.short_name for one in self._weights}
                short = path if path not in names else variable.name
                self._weights.append(Weight(short, variable, None, None))

    @property
    def _inner_layers(self) -> dict[str, "Weighted"]:
        """The layers kept in attributes, by the attribute, in lists and dicts by <attribute>/<place>."""
        held = vars(self).get("_holders", {}).keys() - _BOOKS
        if not held:
            return {}
        values = ((name, value) for name, value in vars(self).items() if name in held)
        return {
            path: one
            for name, value in values
            for path, one in _held(value, name, Weighted)
            if one is not self
        }

    @property
    def trainable(self) -> bool:
        """Whether training changes its weights; set, it is set for all layers within too.

        Within a step of a model's training it is as when the model was compiled.
        """
        return _flags.get().get(self, self._trainable)

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        self._trainable = trainable
        for one in self._inner_layers.values():
            one.trainable = trainable

    def _trainable_flags(self) -> Flags:
        """`trainable` of this layer and of each one within, as they stand."""
        return {one: one._trainable for one in self._with_inner_layers()}

    def _with_inner_layers(self) -> Iterator["Weighted"]:
        """This layer and all within, of any depth."""
        yield self
        for one in self._inner_layers.values():
            yield from one._with_inner_layers()

    @property
    def _own_weights(self) -> list[Weight]:
        """Weights of this layer and the layers inside it, with their regularizers and constraints."""
        inner = [weight for one in self._inner_layers.values() for weight in one._own_weights]
        if not inner:
            return self._taken_weights()
        return list({id(weight.variable): weight for weight in (*self._taken_weights(), *inner)}.values())

    def named_weights(
        self, prefix: str | None = None, scopes: bool = False
    ) -> Iterator[tuple[str, Variable]]:
        """Each variable with its name in files: <layer>/<weight>, within <layer>/<attribute>/<weight>.

        `prefix` stands in place of the layer's name. With `scopes` the names of the layers within stand in
        place of the attributes, as in files of Keras 2.
        """
        prefix = prefix or self.name
        for weight in self._taken_weights():
            yield f"{prefix}/{weight.short_name}", weight.variable
        for path, one in self._inner_layers.items():
            yield from one.named_weights(f"{prefix}/{one.name if scopes else path}", scopes)

    @property
    def weights(self) -> list[Variable]:
        """All variables: its own, those made to be trained first, then those of each layer within."""
        # differs from TF.js: layer by layer, and no frozen layer changes the order, as in Keras 3
        own = sorted((one.variable for one in self._taken_weights()), key=lambda one: not one.trainable)
        return _once([*own, *(one for layer in self._inner_layers.values() for one in layer.weights)])

    @property
    def trainable_weights(self) -> list[Variable]:
        """Variables that training changes; none where the layer is frozen."""
        return self._parted()[0] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Variables that training leaves alone."""
        thawed, frozen = self._parted()
        return frozen if self.trainable else _once([*thawed, *frozen])

    @property
    def variables(self) -> list[Variable]:
        """`weights`, by Keras's other name."""
        return self.weights

    @property
    def trainable_variables(self) -> list[Variable]:
        """`trainable_weights`, by Keras's other name."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """`non_trainable_weights`, by Keras's other name."""
        return self.non_trainable_weights

    def _parted(self) -> tuple[list[Variable], list[Variable]]:
        """Variables that training may change, and others, were this layer itself not frozen."""
        own = [weight.variable for weight in self._taken_weights()]
        inner = self._inner_layers.values()
        thawed = [one for one in own if one.trainable]
        frozen = [one for one in own if not one.trainable]
        if not inner:
            return thawed, frozen
        return (
            _once([*thawed, *(one for layer in inner for one in layer.trainable_weights)]),
            _once([*frozen, *(one for layer in inner for one in layer.non_trainable_weights)]),
        )

    def count_params(self) -> int:
        """Number of elements of all weights. As `layer.countParams`.

        >>> import glbackend as gl
        >>> gl.layers.dense(units=2, input_shape=[3]).count_params()
        0
        >>> gl.sequential([gl.layers.dense(units=2, input_shape=[3])]).count_params()
        8
        """
        return sum(variable.size for variable in self.weights)

    def get_weights(self) -> list[Tensor]:
        """The values of all weights in the order of `weights`. As `layer.getWeights`.

        >>> import glbackend as gl
        >>> [one.shape for one in gl.sequential([gl.layers.dense(units=2, input_shape=[3])]).get_weights()]
        [(3, 2), (2,)]
        """
        return [Tensor(variable.handle) for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces the values of all weights, or of none where one does not fit. As `layer.setWeights`.

        `weights`: tensors or arrays in the order of `get_weights`. Arrays are copied, tensors share their
        data with the weights. Raises ArgumentError for another number of them, ShapeError for another shape.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
        >>> model.set_weights([[[2.]], [1.]])
        >>> model.predict(gl.tensor([[3.]])).item()
        7.0
        """
        variables = self.weights
        if len(weights) != len(variables):
            raise ArgumentError(
                f"layer {self.name!r} has {len(variables)} weights, but {len(weights)} were given"
            )
        values = [
            one if isinstance(one, Tensor) else tensor(np.array(one, NUMPY[variable.dtype]))
            for one, variable in zip(weights, variables, strict=True)
        ]
        for variable, value in zip(variables, values, strict=True):
            if value.spec != variable.spec:
                raise ShapeError(
                    f"weight {variable.name!r} has shape {list(variable.shape)} ({variable.dtype}), "
                    f"but {list(value.shape)} ({value.dtype}) was given"
                )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def dispose(self) -> None:
        """Gives the data of all weights back, those of layers within included. As `layer.dispose`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
        >>> model.dispose()
        >>> model.weights[0].is_disposed
        True
        """
        for weight in self._own_weights:
            weight.variable.dispose()
        vars(self).pop("_repeats", None)  # graphs of calls hold what was made of weights


_OF_KERAS = {"autocast", "aggregation", "overwrite_with_gradient"}  # of add_weight, which change nothing
_BOOKS = {"_inbound_nodes", "_weights", "_holders"}  # attributes of every layer that hold no layers


def _held(value: Any, path: str, kind: Any) -> Iterator[tuple[str, Any]]:
    """What of a kind an attribute holds, in lists and dicts too, each with its path."""
    if isinstance(value, kind):
        yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _held(one, f"{path}/{key}", kind)
    elif isinstance(value, list | tuple):
        for i, one in enumerate(value):
            yield from _held(one, f"{path}/{i}", kind)


def _once(variables: list[Variable]) -> list[Variable]:
    return list({id(variable): variable for variable in variables}.values())
