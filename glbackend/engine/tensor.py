"""Tensor and Variable: what users hold.

Ops hand this module a table of methods at import (`register_method`); type checkers read them from
`tensor.pyi`, which is generated from that table. Operators are spelled with these methods.
"""

import itertools
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from inspect import signature
from typing import Any, ClassVar

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.dtypes import BYTES, DType, to_numpy
from glbackend.base.errors import ArgumentError, CallError, DisposedError, DtypeError, ShapeError
from glbackend.base.naming import answer
from glbackend.base.nested import map_leaves
from glbackend.base.shapes import Shape, Spec
from glbackend.engine import scope
from glbackend.engine.exchange import HOST, capsule
from glbackend.engine.node import tracing
from glbackend.engine.storage import Handle

METHODS: dict[str, Callable[..., Any]] = {}  # filled by ops
# by the names of NumPy's ufuncs: our methods; by NumPy's functions: ours with their arguments, filled by ops
UFUNCS: dict[str, str] = {}
NUMPY: dict[Callable[..., Any], Callable[..., Any]] = {}
_ids = itertools.count(1)


def register_method(name: str, function: Callable[..., Any]) -> None:
    """Makes an op a method of Tensor; called by ops at import."""
    METHODS[name] = function
    if not hasattr(Tensor, name):
        setattr(Tensor, name, function)


class Tensor:
    """An immutable array of float32, int32, bool, complex64 or string on some backend.

    Made by `gl.tensor` and by ops, never directly.
    """

    # `logits` is set on what softmax and sigmoid give, for losses that go back to it: the activation, and the
    # identity and data of what it was applied to; `_keras_mask` by layers on their outputs
    __slots__ = ("__weakref__", "_alive", "_handle", "_keras_mask", "id", "kept", "logits")
    logits: tuple[str, int, Handle] | None
    _keras_mask: "Tensor | None"
    __hash__ = object.__hash__

    def __init__(self, handle: Handle, id: int | None = None) -> None:
        self._handle: Handle | None = handle
        self.id = next(_ids) if id is None else id
        self.kept = False
        self.logits = self._keras_mask = None  # unset, they would ask __getattr__
        self._alive: object = scope.live_tensors.mark
        scope.track(self)

    @property
    def handle(self) -> Handle:
        """The data; DisposedError where it has been given back."""
        if self._handle is None:
            raise DisposedError(f"tensor {self.id} is disposed: its data has been given back, not to be used")
        return self._handle

    @property
    def spec(self) -> Spec:
        """Shape and dtype together."""
        return (self._handle or self.handle).spec

    @property
    def shape(self) -> Shape:
        """Dims as a tuple of ints."""
        return (self._handle or self.handle).spec.shape

    @property
    def dtype(self) -> DType:
        """ "float32", "int32", "bool", "complex64" or "string"."""
        return (self._handle or self.handle).spec.dtype

    @property
    def T(self) -> "Tensor":
        """With its axes the other way round, as NumPy's."""
        return METHODS["transpose"](self)

    @property
    def rank(self) -> int:
        """Number of dims."""
        return len(self.shape)

    @property
    def ndim(self) -> int:
        """Number of dims, NumPy's name for it."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return (self._handle or self.handle).size

    @property
    def data_id(self) -> int:
        """Identity of the data: equal for tensors that share it (reshape, identity, ...)."""
        return self.handle.storage.data_id

    @property
    def nbytes(self) -> int:
        """Bytes of the logical data, without padding."""
        return self.size * BYTES[self.dtype]

    @property
    def is_disposed(self) -> bool:
        """Whether the data has been given back."""
        return self._handle is None

    def dispose(self) -> None:
        """Gives the data back now, once; shared data lives until its last tensor goes."""
        self._handle = self._alive = self.logits = None

    def numpy(self) -> np.ndarray[Any, Any]:
        """A new NumPy array with the values, read back where need be. As `tensor.arraySync()`."""
        handle = self.handle
        values = handle.storage.values().reshape(handle.shape)
        if handle.dtype != handle.storage.dtype:
            return values.astype(np.int32)
        return values.copy() if handle.storage.host is not None else values

    def array_sync(self) -> Any:
        """The values as nested Python lists (a scalar for rank 0)."""
        return self.numpy().tolist()

    def data_sync(self) -> np.ndarray[Any, Any]:
        """The values as a flat NumPy array."""
        return self.numpy().reshape(-1)

    async def data(self) -> np.ndarray[Any, Any]:
        """As `data_sync`, without blocking the event loop while the device computes."""
        import asyncio  # noqa: PLC0415 - a tenth of the time that importing glbackend takes

        storage = self.handle.storage
        if storage.host is None and storage.owner is not None:
            poll = storage.owner.ready()
            while not poll():
                await asyncio.sleep(0.0005)
        return self.data_sync()

    async def array(self) -> Any:
        """As `array_sync`, without blocking the event loop while the device computes."""
        return (await self.data()).reshape(self.shape).tolist()

    def item(self) -> Any:
        """The only value as a Python scalar; ShapeError where there is more than one."""
        if self.size != 1:
            raise ShapeError(f"item: expected a tensor of one element, got shape {list(self.shape)}")
        value = self.numpy().reshape(-1)[0]
        return value if self.dtype == "string" else value.item()

    def print(self, verbose: bool = False) -> None:
        """Prints the values; with `verbose` also dtype, rank and shape. As `tensor.print()`."""
        head = f"Tensor\n  dtype: {self.dtype}\n  rank: {self.rank}\n  shape: {list(self.shape)}\n  values:"
        body = np.array2string(self.numpy(), separator=", ", threshold=20 * 20)
        print((head if verbose else "Tensor") + "\n" + "\n".join("    " + line for line in body.splitlines()))

    def __repr__(self) -> str:
        if self._handle is None:
            return f"<disposed {type(self).__name__} {self.id}>"
        body = np.array2string(self.numpy(), separator=", ", threshold=100, edgeitems=3)
        return f"{type(self).__name__}(shape={list(self.shape)}, dtype={self.dtype},\n{body})"

    # -- NumPy's and Python's protocols --------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if copy is False:
            raise ArgumentError("a tensor cannot be viewed by NumPy without a copy")
        values = self.numpy()
        return values if dtype is None else values.astype(dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """`np.exp(tensor)` is `tensor.exp()`, `array + tensor` is ours, too; what we lack NumPy computes."""
        ours = UFUNCS.get(ufunc.__name__) if method == "__call__" and not options else None
        if ours is not None:
            return METHODS[ours](*inputs)
        return getattr(ufunc, method)(*_on_host(inputs), **_on_host(options))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        """`np.sum(tensor)` is `tensor.sum()`; what we lack NumPy computes, of arrays."""
        ours = NUMPY.get(function)
        if ours is not None:
            try:
                bound = signature(ours).bind(*args, **options)
            except TypeError:  # arguments that only NumPy knows
                pass
            else:
                return ours(*bound.args, **bound.kwargs)
        return function(*_on_host(args), **_on_host(options))

    def __round__(self, digits: int = 0) -> "Tensor":
        return METHODS["rounded"](self, digits)

    def __format__(self, wanted: str) -> str:
        if wanted and self.size != 1:
            raise ArgumentError(f"format {wanted!r} is one of numbers, got a tensor of shape {[*self.shape]}")
        return format(self.item(), wanted) if wanted else str(self)

    def __dlpack__(self, **options: Any) -> Any:
        return capsule(self.dtype, self.numpy, **options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return HOST

    def __reduce__(self) -> Any:
        return _rebuild, (self.numpy(), self.dtype)

    def __len__(self) -> int:
        if self.rank == 0:
            raise TypeError("len() of a tensor of rank 0")
        return self.shape[0]

    def __iter__(self) -> Iterator["Tensor"]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ArgumentError(
                f"the truth of a tensor of shape {list(self.shape)} is ambiguous: use .any() or .all()"
            )
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype != "int32":
            raise DtypeError(f"only int32 tensors of one element can be an index, got {self.dtype}")
        return int(self.item())

    def __getitem__(self, key: Any) -> "Tensor":
        return METHODS["getitem"](self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise ArgumentError(
            "a tensor never changes: make it a gl.Variable to write to its elements, or take "
            "tensor_scatter_update, which gives a new tensor"
        )

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(answer(type(self), name))

    # -- operators ----------------------------------------------------------------------------------------

    def __neg__(self) -> "Tensor":
        return METHODS["neg"](self)

    def __pos__(self) -> "Tensor":
        return self

    def __abs__(self) -> "Tensor":
        return METHODS["abs"](self)

    def __invert__(self) -> "Tensor":
        return METHODS["logical_not"](self)


def _on_host(value: Any) -> Any:
    return map_leaves(Tensor, lambda one: one.numpy(), value)


def _forward(name: str) -> Callable[[Tensor, Any], Tensor]:
    return lambda self, other: METHODS[name](self, other) if _operand(other) else NotImplemented


def _reverse(name: str) -> Callable[[Tensor, Any], Tensor]:
    return lambda self, other: METHODS[name](other, self) if _operand(other) else NotImplemented


def _operand(other: Any) -> bool:
    return isinstance(other, Tensor | int | float | complex | list | tuple | np.ndarray | np.generic)


_OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "true_divide", "floordiv": "floor_div", "mod": "mod",
    "pow": "pow",
    "matmul": "matmul", "and": "logical_and", "or": "logical_or", "xor": "logical_xor",
}  # fmt: skip
_COMPARISONS = {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
    "eq": "equal", "ne": "not_equal",
}  # fmt: skip
for _symbol, _name in _OPERATORS.items():
    setattr(Tensor, f"__{_symbol}__", _forward(_name))
    setattr(Tensor, f"__r{_symbol}__", _reverse(_name))
for _symbol, _name in _COMPARISONS.items():
    setattr(Tensor, f"__{_symbol}__", _forward(_name))


# by id: the variables that a block assigns to, with their data before; None where nobody asks
assignments: ContextVar[dict[int, tuple["Variable", Handle]] | None] = ContextVar("assignments", default=None)


def _rebuild_variable(values: np.ndarray[Any, Any], dtype: DType, trainable: bool, name: str) -> "Variable":
    return Variable(_rebuild(values, dtype).handle, trainable, name)


def _rebuild(values: np.ndarray[Any, Any], dtype: DType) -> Tensor:
    return Tensor(Handle.of(values, Spec(values.shape, dtype)))


class Variable(Tensor):
    """A tensor whose value can be replaced; exempt from tidy, trained by optimizers where `trainable`.

    `gl.variable` makes it too, of the same arguments. As `tf.Variable`.

    `initial`: the value to start with, a tensor (whose data it shares) or numbers.
    `trainable`: whether optimizers change it where they are given no list of variables.
    `name`: in errors and files. `dtype`: of the value. Both are made up where they are not given.
    `keras`: `initializer`, in place of `initial` the value, or with `shape` an initializer or the name of
    one; `autocast` and the like, which change nothing.

    >>> import glbackend as gl
    >>> (gl.Variable([1., 2.]) + 1).numpy().tolist()
    [2.0, 3.0]
    """

    __slots__ = ("name", "trainable")
    first_value: ClassVar[Callable[[Any, Any, Any, Any], Handle]]  # given by convert.py, which knows this one
    _count = itertools.count()

    def __init__(
        self, initial: Any = None, trainable: bool = True, name: Any = None, dtype: Any = None, **keras: Any
    ) -> None:
        if not (name is None or isinstance(name, str)):
            raise CallError(f"variable: argument 'name' must be a string or None, got {got(name)}")
        handle = (
            initial if isinstance(initial, Handle) else Variable.first_value(initial, trainable, dtype, keras)
        )
        if handle.storage.symbolic:
            handle.storage.values()  # says why there are none
        super().__init__(handle)
        self.kept = True
        self.trainable = trainable
        self.name = name or f"variable_{next(Variable._count)}"

    def __reduce__(self) -> Any:
        return _rebuild_variable, (self.numpy(), self.dtype, self.trainable, self.name)

    @property
    def path(self) -> str:
        """Its name, as Keras calls the whole of it."""
        return self.name

    @property
    def value(self) -> Tensor:
        """Its present value, a tensor that no assignment changes. As Keras's `Variable.value`."""
        return METHODS["clone"](self)

    @property
    def handle(self) -> Handle:
        """The data of its present value; under a trace the symbol of that."""
        real = super().handle
        return real if (trace := tracing.get()) is None else trace.read(self, real)

    def _like(self, value: Any, *plain: type) -> Any:
        """A tensor, or what is `plain`, as it is; else a tensor of the variable's dtype."""
        if isinstance(value, (Tensor, *plain)):
            return value
        array = to_numpy(value, self.dtype, f"assign: the value for variable {self.name!r}").copy()
        return Tensor(Handle.of(array, Spec(array.shape, self.dtype)))

    def assign(self, value: Any) -> "Variable":
        """Shares the data of a tensor of equal shape and dtype, copies arrays; an effect under a trace."""
        value = self._like(value)
        if value.spec != self.spec:
            raise ShapeError(
                f"assign: variable {self.name!r} holds {self.dtype}{list(self.shape)}, "
                f"got {value.dtype}{list(value.shape)}: shape and dtype must be equal"
            )
        if (noted := assignments.get()) is not None:
            noted.setdefault(id(self), (self, self.handle))
        if (trace := tracing.get()) is None:
            self._handle = value.handle
        else:
            trace.assign(self, value.handle)
        return self

    def assign_add(self, value: Any) -> "Variable":
        """Adds a tensor or numbers to its value. As TensorFlow's `Variable.assign_add`."""
        return self.assign(self + self._like(value, int, float))

    def assign_sub(self, value: Any) -> "Variable":
        """Takes a tensor or numbers from its value. As TensorFlow's `Variable.assign_sub`."""
        return self.assign(self - self._like(value, int, float))

    def __setitem__(self, key: Any, value: Any) -> None:
        """Replaces elements, on the device: what NumPy's `array[key] = value` does."""
        self.assign(METHODS["replaced"](self, key, value))
