"""What a model is fed: names found, values made tensors, everything held against the signature first."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.dtypes import DType, to_numpy
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.engine.engine import make_tensor
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.nodes import GraphNode, TensorInfo, parse_ref


def by_name(
    given: Any, infos: Sequence[TensorInfo], nodes: Mapping[str, GraphNode], op: str
) -> dict[str, Any]:
    """The values that are fed, by the names of their nodes.

    `given` is one value, a list in the order of `infos`, or a dict by signature, node, or `name:0`.
    """
    if isinstance(given, Mapping):
        known = {info.name: info.node.node for info in infos}
        fed = {}
        for name, value in given.items():
            node = known.get(name) or (name if name in nodes else parse_ref(name).node)
            if node not in nodes:
                wanted = ", ".join(repr(info.name) for info in infos)
                raise ArgumentError(f"{op}: there is no input {name!r}: the model takes {wanted or 'none'}")
            if node in fed:
                raise ArgumentError(f"{op}: input {name!r} is given twice")
            fed[node] = value
        return fed
    several = isinstance(given, list | tuple)
    if len(infos) == 1 and not (several and len(given) == 1 and _is_whole(given[0], infos[0])):
        return {infos[0].node.node: given}
    values = list(given) if several else [given]
    if len(values) != len(infos):
        wanted = ", ".join(describe(info) for info in infos)
        raise ArgumentError(f"{op}: got {len(values)} inputs, the model takes {len(infos)}: {wanted}")
    return {info.node.node: value for info, value in zip(infos, values, strict=True)}


def _is_whole(value: Any, info: TensorInfo) -> bool:
    """Whether the only element of a list is the input itself, rather than its only row."""
    if isinstance(value, Tensor | np.ndarray):
        return True
    return info.shape is not None and np.ndim(value) == len(info.shape)


def describe(info: TensorInfo) -> str:
    """An input or output in words.

    >>> from glbackend.formats.graph_model.nodes import Ref
    >>> describe(TensorInfo("x", Ref("x"), (-1, 3), "float32"))
    "'x' (float32 [any, 3])"
    """
    if info.shape is None:
        return f"{info.name!r} ({info.dtype})"
    return f"{info.name!r} ({info.dtype} [{', '.join('any' if dim < 0 else str(dim) for dim in info.shape)}])"


def as_input(value: Any, info: TensorInfo, op: str) -> Any:
    """A value as the tensor that an input takes; ShapeError or DtypeError, naming the input, else."""
    wanted: Any = info.dtype if info.dtype in ("float32", "int32", "bool", "string", "complex64") else None
    if not isinstance(value, Tensor):
        if wanted is None and not isinstance(value, np.ndarray | list | tuple | int | float):
            return value  # a table, a list of tensors
        value = _made(value, wanted, info, op)
    if wanted is not None and value.dtype != wanted:
        raise DtypeError(
            f"{op}: input {describe(info)} was given {value.dtype}{list(value.shape)}: cast it to {wanted}"
        )
    shape = info.shape
    fits = shape is None or (
        len(shape) == value.rank
        and all(dim < 0 or dim == size for dim, size in zip(shape, value.shape, strict=True))
    )
    if not fits:
        raise ShapeError(f"{op}: input {describe(info)} was given {value.dtype}{list(value.shape)}")
    return value


def _made(value: Any, dtype: DType | None, info: TensorInfo, op: str) -> Tensor:
    try:
        given = np.asarray(value)
        if dtype == "int32" and given.dtype.kind == "f" and np.any(given != np.trunc(given)):
            raise DtypeError("it holds fractions")
        array = to_numpy(value, dtype, "value")
    except (DtypeError, ValueError, TypeError) as error:
        raise DtypeError(f"{op}: input {describe(info)} was given {got(value)}: {error}") from None
    return make_tensor(array.copy() if array is value else array, Spec(array.shape, dtype or _dtype(array)))


def _dtype(array: np.ndarray[Any, Any]) -> DType:
    found: Any = {"f": "float32", "i": "int32", "b": "bool", "c": "complex64"}.get(array.dtype.kind, "string")
    return found
