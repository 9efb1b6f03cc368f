"""An ONNX model as users hold it, and what it takes and gives."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.dtypes import DType, to_numpy
from glbackend.base.errors import ArgumentError, DisposedError, DtypeError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.attributes import host_tensor
from glbackend.formats.onnx.elements import RANGES, dtype_of, narrowed, outgoing
from glbackend.formats.onnx.layout import in_order
from glbackend.formats.onnx.program import Program
from glbackend.formats.onnx.types import element_of


class ValueInfo(NamedTuple):
    """An input or output: its name, its shape (None where it is not known; dims of any size by their name, or
    None), and its dtype as ONNX has it. `kind` is "tensor", "sequence" or "optional"."""

    name: str
    shape: tuple[int | str | None, ...] | None
    dtype: str
    kind: str = "tensor"

    def __str__(self) -> str:
        dims = (
            ""
            if self.shape is None
            else f" [{', '.join('any' if one is None else str(one) for one in self.shape)}]"
        )
        return f"{self.name!r} ({self.dtype}{dims})"


def info_of(proto: Any) -> ValueInfo:
    """What a ValueInfoProto says."""
    which = proto.type.WhichOneof("value") or "tensor_type"
    shape = None
    if which == "tensor_type" and proto.type.tensor_type.HasField("shape"):
        dims = proto.type.tensor_type.shape.dim
        shape = tuple(
            dim.dim_value if dim.HasField("dim_value") and dim.dim_value >= 0 else dim.dim_param or None
            for dim in dims
        )
    return ValueInfo(proto.name, shape, element_of(proto.type), which.removesuffix("_type"))


class OnnxModel:
    """A model that an ONNX file holds; `load_onnx_model` gives it. TF.js has none.

    `inputs` and `outputs` say name, shape and dtype of what it takes and gives.

    >>> OnnxModel.__name__
    'OnnxModel'
    """

    def __init__(self, program: Program, inputs: Sequence[ValueInfo], outputs: Sequence[ValueInfo]) -> None:
        self._program: Program | None = program
        self.inputs = list(inputs)
        self.outputs = list(outputs)

    def __repr__(self) -> str:
        taken, given = ", ".join(map(str, self.inputs)), ", ".join(map(str, self.outputs))
        return f"<OnnxModel {taken} -> {given}>"

    def predict(self, inputs: Any = None) -> Any:
        """What the model gives for `inputs`: one result, or a list of them in the order of `outputs`.

        `inputs`: one value for a model of one input, a list in the order of `inputs`, or a dict by name.
        Values are tensors, NumPy arrays or nested lists. A result is a tensor; where ONNX's dtype is none of
        ours (int64, float16, ...) a NumPy array in that dtype, but a tensor while `gl.trace` looks on.

        Raises ArgumentError, ShapeError or DtypeError, naming the input, before anything runs.
        """
        if self._program is None:
            raise DisposedError("predict: the ONNX model is disposed: load it again")
        given = [as_input(value, info) for info, value in zip(self.inputs, self._listed(inputs), strict=True)]
        check_dims(self.inputs, given)
        results = [
            _outgoing(value, info) for info, value in zip(self.outputs, self._program.run(given), strict=True)
        ]
        return results[0] if len(results) == 1 else results

    def dispose(self) -> None:
        """Gives the weights back; the model cannot be used afterwards."""
        if self._program is not None:
            for value in self._program.constants.values():
                if isinstance(value, Tensor):
                    value.dispose()
        self._program = None

    def _listed(self, inputs: Any) -> list[Any]:
        wanted = ", ".join(map(str, self.inputs)) or "none"
        if isinstance(inputs, Mapping):
            known = [info.name for info in self.inputs]
            for name in inputs:
                if name not in known:
                    raise ArgumentError(f"predict: there is no input {name!r}: the model takes {wanted}")
            missing = [name for name in known if name not in inputs and not self._may_lack(name)]
            if missing:
                raise ArgumentError(f"predict: the input {missing[0]!r} is missing: the model takes {wanted}")
            return [inputs.get(name) for name in known]
        if len(self.inputs) == 1 and not (self.inputs[0].kind == "tensor" and _lists_inputs(inputs)):
            return [inputs]
        values = list(inputs) if isinstance(inputs, list | tuple) else [] if inputs is None else [inputs]
        if len(values) != len(self.inputs):
            raise ArgumentError(
                f"predict: got {len(values)} inputs, the model takes {len(self.inputs)}: {wanted}"
            )
        return values

    def _may_lack(self, name: str) -> bool:
        return any(info.name == name and info.kind == "optional" for info in self.inputs)


def _lists_inputs(inputs: Any) -> bool:
    """Whether it is a list of inputs, rather than one as a list of rows."""
    return isinstance(inputs, list | tuple) and any(isinstance(one, Tensor | np.ndarray) for one in inputs)


def _outgoing(value: Any, info: ValueInfo) -> Any:
    value = in_order(value)
    if isinstance(value, list):
        return [_outgoing(one, info) for one in value]
    return outgoing(value, info.dtype) if isinstance(value, Tensor) else value


def as_input(value: Any, info: ValueInfo) -> Any:
    """A value as the tensor that an input takes; ShapeError or DtypeError, naming the input, else."""
    if info.kind == "optional" and value is None:
        return None
    if info.kind != "tensor" and isinstance(value, list | tuple):
        return [as_input(one, info._replace(kind="tensor", shape=None)) for one in value]
    wanted = dtype_of(info.dtype)
    if wanted is None:
        raise DtypeError(f"predict: input {info} has a dtype that is not carried here")
    if not isinstance(value, Tensor):
        value = _made(value, wanted, info)
    if value.dtype != wanted:
        raise DtypeError(
            f"predict: input {info} was given {value.dtype}{list(value.shape)}: cast it to {wanted}"
        )
    return value


def check_dims(infos: Sequence[ValueInfo], given: Sequence[Any]) -> None:
    """ShapeError where a shape does not fit its input, or dims of one name are of two sizes."""
    sizes: dict[str, tuple[int, str]] = {}
    for info, value in zip(infos, given, strict=True):
        if info.shape is None or not isinstance(value, Tensor):
            continue
        came = f"was given {value.dtype}{list(value.shape)}"
        if len(info.shape) != value.rank:
            raise ShapeError(f"predict: input {info} {came}: must be of rank {len(info.shape)}")
        for dim, size in zip(info.shape, value.shape, strict=True):
            if isinstance(dim, int) and dim != size:
                raise ShapeError(f"predict: input {info} {came}: must have {dim} where it has {size}")
            if isinstance(dim, str):
                known, of = sizes.setdefault(dim, (size, info.name))
                if known != size:
                    raise ShapeError(f"predict: input {info} {came}: {dim} is {known} in {of!r}, here {size}")


def _made(value: Any, dtype: DType, info: ValueInfo) -> Tensor:
    try:
        array = np.asarray(value)
        if array.dtype.name in RANGES:
            array = array.astype(np.int64 if array.dtype.kind == "V" else array.dtype)  # of four or two bits
        if array.dtype.kind not in {"float32": "fiub", "int32": "fiub", "bool": "b"}.get(
            dtype, "fiubcOUST"
        ) and (array.dtype.name != "bfloat16"):
            raise DtypeError(f"must be {dtype}")
        if dtype == "int32" and array.size:
            if array.dtype.kind == "f" and np.any(array != np.trunc(array)):
                raise DtypeError("it holds fractions")
            low, high = RANGES.get(info.dtype, RANGES["int32"])
            if array.min() < low or array.max() > high:
                raise DtypeError(f"it holds {array.min()}..{array.max()}, beyond {low}..{high}")
        made = narrowed(array, "it") if array.dtype.kind in "iu" or array.dtype.name == "bfloat16" else array
        made = to_numpy(made, dtype, "it")
    except (DtypeError, ValueError, TypeError) as error:
        raise DtypeError(f"predict: input {info} was given {got(value)}: {error}") from None
    return host_tensor(made.copy() if made is value else made)
