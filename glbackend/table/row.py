"""What a row of the elementwise table says, and the dtype rules that follow from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY, DType, upcast
from glbackend.base.errors import ArgumentError, DtypeError

Gradient = Callable[..., Any]
Domain = tuple[float, float]

NUMBERS: tuple[DType, ...] = ("float32", "int32", "bool")
COMPLEX: tuple[DType, ...] = (*NUMBERS, "complex64")
_INT32 = np.iinfo(np.int32)


@dataclass(frozen=True, slots=True)
class Row:
    """One elementwise kernel: its cpu kernel, its webgl kernel, its gradient, its fusable form, its parity cases.

    `glsl` is an expression on vec4 registers named as `inputs` (and float attrs named as `attrs`); it may call the
    functions of the file that `include` names. `integer` is the same on ivec4 (bool is ivec4 of 0 or 1) and int attrs,
    where the kernel computes in integers; without it integer inputs are computed as float32. `numpy` takes arrays of
    one dtype. `grad` has one function per input (or one for a single input): its parameters are dy, inputs by name
    and y, and attrs as keyword-only ones; it uses Tensor methods only. `result` is the output's dtype where it is not
    the dtype of computation.
    """

    kernel: str
    op: str
    glsl: str
    numpy: Callable[..., Any]
    grad: Gradient | tuple[Gradient | None, ...] | None = None
    inputs: tuple[str, ...] = ("x",)
    attrs: Mapping[str, float | None] = field(default_factory=dict)  # name -> default; None: must be given
    integer: str | None = None
    result: DType | None = None
    accepts: tuple[DType, ...] = NUMBERS
    keeps_bool: bool = False  # bools stay bools (Select, logic); elsewhere they count as int32
    fixed: Mapping[str, DType] = field(default_factory=dict)  # inputs of another dtype (Select's condition)
    include: str = ""  # the shader library that `glsl` needs, e.g. "lib/math_exp.glsl"
    integer_include: str = ""  # the one that `integer` needs
    domain: Domain | tuple[Domain, ...] = (-4.0, 4.0)  # where cases sample inputs; one each where they differ

    def gradients(self) -> dict[str, Gradient]:
        """Gradient functions by input name."""
        functions = self.grad if isinstance(self.grad, tuple) else (self.grad,) * bool(self.grad)
        return {name: one for name, one in zip(self.inputs, functions, strict=False) if one is not None}

    def compute_dtype(self, dtypes: tuple[DType, ...]) -> DType:
        """The dtype in which inputs of these dtypes are computed; DtypeError where the kernel takes no such input."""
        meeting: DType | None = None
        for name, dtype in zip(self.inputs, dtypes, strict=True):
            expected = self.fixed.get(name)
            if expected is not None:
                if dtype != expected:
                    raise DtypeError(
                        f"{self.op}: argument {name!r} must be {expected}, got {dtype}: cast it first"
                    )
                continue
            if dtype not in self.accepts:
                raise DtypeError(
                    f"{self.op}: argument {name!r} is {dtype}, but must be {' or '.join(self.accepts)}: cast it first"
                )
            meeting = dtype if meeting is None else upcast(meeting, dtype)
        assert meeting is not None
        if meeting == "bool" and not self.keeps_bool:
            meeting = "int32"
        if meeting in ("int32", "bool") and self.integer is None:
            meeting = "float32"
        return meeting

    def result_dtype(self, computed: DType) -> DType:
        """The output's dtype, given the dtype of computation."""
        return self.result or computed

    def normal_attrs(self, given: Mapping[str, Any], computed: DType) -> dict[str, float]:
        """Attrs with their defaults: floats, or ints cut towards zero where the kernel computes in integers."""
        found = {name: given.get(name, default) for name, default in self.attrs.items()}
        missing = [name for name, value in found.items() if value is None]
        if missing:
            raise ArgumentError(f"{self.kernel}: needs the attr {', '.join(missing)}")
        if computed != "int32":
            return {name: float(value) for name, value in found.items()}
        return {name: int(min(max(value, _INT32.min), _INT32.max)) for name, value in found.items()}

    def convert(self, arrays: tuple[np.ndarray[Any, Any], ...], dtypes: tuple[DType, ...]) -> list[Any]:
        """Arrays in the dtype of computation, ready for `numpy`."""
        computed = NUMPY[self.compute_dtype(dtypes)]
        if computed.kind == "f" and not {"float32", "complex64"} & set(dtypes):
            computed = np.dtype(np.float64)  # of whole numbers: rounded once, at the end
        return [
            array if name in self.fixed else array.astype(computed, copy=False)
            for name, array in zip(self.inputs, arrays, strict=True)
        ]
