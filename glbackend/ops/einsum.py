"""Einstein sums. The kernel takes one or two tensors; here every other equation is brought into that form."""

import string
from collections.abc import Sequence

from glbackend.base.equation import ELLIPSIS, Equation, check_labels, label_sizes, split_equation
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import broadcast_shapes
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run


@op(method=False)
def einsum(equation: str, *tensors: TensorLike) -> Tensor:
    """The sum of products that an `equation` describes, as "ij,jk->ik" a matrix product.

    A letter names an axis of one of the `tensors`, which are as many as terms, float32, int32 or bool (int32
    then). Axes that the result lacks are summed over; "..." stands for leading axes that broadcast; a letter
    twice in one term takes the diagonal. Raises ArgumentError for an equation without one arrow or with
    unknown labels, ShapeError where sizes disagree. As `tf.einsum`, which takes at most two tensors, no
    ellipsis and no diagonals.

    >>> einsum("ij,jk->ik", [[1., 2.]], [[3.], [4.]]).numpy().tolist()
    [[11.0]]
    >>> einsum("ii->", [[1., 2.], [3., 4.]]).item()
    5.0
    """
    xs = [as_tensor(x, f"tensors[{i}]", "einsum") for i, x in enumerate(tensors)]
    parts = split_equation(equation)
    if len(parts.terms) == len(xs):
        parts, xs = _without_ellipsis(parts, xs)
    check_labels(parts, len(xs))
    label_sizes(parts, [x.shape for x in xs])
    pairs = [_without_doubles(term, x) for term, x in zip(parts.terms, xs, strict=True)]
    term, total = pairs[0]
    for i, (other, x) in enumerate(pairs[1:], 1):
        needed = parts.result + "".join(later for later, _ in pairs[i + 1 :])
        last = i == len(pairs) - 1
        kept = (
            parts.result
            if last
            else "".join(label for label in dict.fromkeys(term + other) if label in needed)
        )
        total = _kernel(Equation((term, other), kept), [total, x])
        term = kept
    return total if len(pairs) > 1 else _kernel(Equation((term,), parts.result), [total])


def _kernel(equation: Equation, xs: list[Tensor]) -> Tensor:
    return run("Einsum", xs, equation=equation.text())


def _without_ellipsis(parts: Equation, xs: Sequence[Tensor]) -> tuple[Equation, list[Tensor]]:
    """Letters of their own in place of "..."; where such an axis broadcasts, tensors lose it."""
    free = [c for c in string.ascii_letters if c not in "".join((*parts.terms, parts.result))]
    spans = [x.rank - len(term) + 3 for term, x in zip(parts.terms, xs, strict=True) if ELLIPSIS in term]
    if min(spans, default=0) < 0 or max(spans, default=0) > len(free):
        raise ShapeError(
            f"einsum: the tensors of shapes {[list(x.shape) for x in xs]} do not fit {parts.text()}"
        )
    letters = "".join(free[: max(spans, default=0)])
    batch: tuple[int, ...] = ()
    for term, x in zip(parts.terms, xs, strict=True):
        if ELLIPSIS in term:
            start = term.index(ELLIPSIS)
            batch = broadcast_shapes(batch, x.shape[start : start + x.rank - len(term) + 3], "einsum")
    terms, tensors = [], []
    for term, x in zip(parts.terms, xs, strict=True):
        if ELLIPSIS in term:
            start, count = term.index(ELLIPSIS), x.rank - len(term) + 3
            own, sizes = letters[len(letters) - count :], batch[len(batch) - count :]
            lost = [i for i in range(count) if x.shape[start + i] == 1 and sizes[i] != 1]
            own = "".join(label for i, label in enumerate(own) if i not in lost)
            gone = [start + i for i in lost]
            x = x.reshape(tuple(dim for axis, dim in enumerate(x.shape) if axis not in gone)) if gone else x
            term = term.replace(ELLIPSIS, own)
        terms.append(term)
        tensors.append(x)
    return Equation(tuple(terms), parts.result.replace(ELLIPSIS, letters)), tensors


def _without_doubles(term: str, x: Tensor) -> tuple[str, Tensor]:
    """Diagonals in place of labels that stand twice."""
    for label in dict.fromkeys(term):
        while term.count(label) > 1:
            i, j = [axis for axis, one in enumerate(term) if one == label][:2]
            rest = [axis for axis in range(x.rank) if axis not in (i, j)]
            n, shape = x.shape[i], tuple(x.shape[axis] for axis in rest)
            x = x.transpose((*rest, i, j)).reshape((*shape, n * n))[..., :: n + 1]
            term = "".join(term[axis] for axis in rest) + label
    return term, x


@gradient("Einsum")
def einsum_dxs(dy: Tensor, xs: list[Tensor], *, equation: str) -> list[Tensor]:
    """Sums of products of dy with the other tensor, repeated along what the tensor alone was summed over."""
    terms, result = split_equation(equation)
    found = []
    for i, (term, x) in enumerate(zip(terms, xs, strict=True)):
        others = [(other, y) for j, (other, y) in enumerate(zip(terms, xs, strict=True)) if j != i]
        given = result + "".join(other for other, _ in others)
        wanted = "".join(label for label in term if label in given)
        part = _kernel(
            Equation((result, *(other for other, _ in others)), wanted), [dy, *(y for _, y in others)]
        )
        kept = tuple(size if label in wanted else 1 for label, size in zip(term, x.shape, strict=True))
        found.append(part.reshape(kept).broadcast_to(x.shape))
    return found
