"""Contract of Einsum, with TF.js's limits: one or two tensors, no ellipsis, no label twice in a term.

The public op does without these limits; it brings every equation into this form.
"""

from glbackend.base.dtypes import upcast
from glbackend.base.equation import ELLIPSIS, check_labels, label_sizes, split_equation
from glbackend.base.errors import ArgumentError, DtypeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


@contract("Einsum")
def einsum(xs: list[Spec], *, equation: str) -> Checked:
    """Tensors of float32, int32 or bool (which counts as int32); `equation` comes without spaces."""
    parts = split_equation(equation)
    if ELLIPSIS in equation:
        raise ArgumentError(
            f'The ellipsis notation ("{ELLIPSIS}") is not supported yet by the kernel Einsum.'
        )
    if len(parts.terms) > 2 and len(parts.terms) == len(xs):
        raise ArgumentError(
            "Support for more than 2 input tensors is not implemented yet in the kernel Einsum."
        )
    check_labels(parts, len(xs))
    for term in parts.terms:
        if len(set(term)) != len(term):
            raise ArgumentError(
                f"Found duplicate axes in input component {term}. Support for duplicate axes in input is "
                f"not implemented yet in the kernel Einsum."
            )
    sizes = label_sizes(parts, [x.shape for x in xs])
    dtype = xs[0].dtype
    for x in xs:
        if x.dtype not in ("float32", "int32", "bool"):
            raise DtypeError(
                f"einsum: tensors must be float32, int32 or bool, got {x.dtype}: cast them first"
            )
        dtype = upcast(dtype, x.dtype)
    dtype = "int32" if dtype == "bool" else dtype
    return Checked(Spec(tuple(sizes[label] for label in parts.result), dtype), {"equation": parts.text()})
