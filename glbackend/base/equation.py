"""Equations of einsum: reading them, checking them against shapes, and the roles of labels in a product."""

from collections.abc import Sequence
from typing import NamedTuple

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Shape

ARROW, ELLIPSIS = "->", "..."


class Equation(NamedTuple):
    """Labels of the inputs and of the result, one letter an axis."""

    terms: tuple[str, ...]
    result: str

    def text(self) -> str:
        """The equation as it is written."""
        return ",".join(self.terms) + ARROW + self.result


def split_equation(equation: str) -> Equation:
    """The parts of an equation; ArgumentError where it has not one arrow.

    >>> split_equation("ij, jk -> ik")
    Equation(terms=('ij', 'jk'), result='ik')
    """
    text = "".join(equation.split())
    if ARROW not in text:
        raise ArgumentError(f"Equations without an arrow are not supported: einsum got {equation!r}")
    if text.count(ARROW) > 1:
        raise ArgumentError(f'Equation must contain exactly one arrow ("{ARROW}"): einsum got {equation!r}')
    left, right = text.split(ARROW)
    return Equation(tuple(left.split(",")), right)


def check_labels(equation: Equation, count: int) -> None:
    """ArgumentError for labels that are no letters, terms not as many as tensors, an unknown result."""
    if len(equation.terms) != count:
        raise ArgumentError(
            f"Expected {len(equation.terms)} input tensors, received {count}: {equation.text()}"
        )
    for label in "".join((*equation.terms, equation.result)):
        if not label.isalpha():
            raise ArgumentError(f"einsum: {label!r} in {equation.text()!r} is no label: use letters")
    for label in equation.result:
        if not any(label in term for term in equation.terms):
            raise ArgumentError(
                f"Output subscripts contain the label {label} not present in the input subscripts."
            )
    if len(set(equation.result)) != len(equation.result):
        raise ArgumentError(f"einsum: the result {equation.result!r} names an axis twice")


def label_sizes(equation: Equation, shapes: Sequence[Shape]) -> dict[str, int]:
    """Size of the axis behind each label; ShapeError where terms and shapes disagree."""
    sizes: dict[str, int] = {}
    for term, shape in zip(equation.terms, shapes, strict=True):
        if len(term) != len(shape):
            raise ShapeError(
                f"einsum: term {term!r} has {len(term)} labels, but its tensor has the shape {list(shape)}"
            )
        for axis, (label, size) in enumerate(zip(term, shape, strict=True)):
            if sizes.setdefault(label, size) != size:
                raise ShapeError(
                    f"einsum: Expected dimension {sizes[label]} at axis {axis} of input shaped "
                    f"[{','.join(map(str, shape))}], but got dimension {size} (label {label})"
                )
    return sizes


class Roles(NamedTuple):
    """What the labels of two terms do: stay in both, are summed over, or are of one term alone."""

    batch: str
    inner: str
    left: str
    right: str


def roles(a: str, b: str, result: str) -> Roles:
    """Labels of two terms by what they do; both terms have no label that only one has and the result has not.

    >>> roles("bij", "bjk", "bki")
    Roles(batch='b', inner='j', left='i', right='k')
    """
    both = [label for label in a if label in b]
    return Roles(
        "".join(sorted((label for label in both if label in result), key=result.index)),
        "".join(label for label in both if label not in result),
        "".join(sorted((label for label in a if label not in b), key=result.index)),
        "".join(sorted((label for label in b if label not in a), key=result.index)),
    )
