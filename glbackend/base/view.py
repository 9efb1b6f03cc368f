"""Views: elements of a flat array seen as an array of their own, by strides. Arithmetic only."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from glbackend.base.shapes import Shape


class View(NamedTuple):
    """The element of an index lies at `offset` plus the sum of each index times its stride, in elements."""

    shape: Shape
    strides: tuple[int, ...]
    offset: int = 0

    @property
    def end(self) -> int:
        """One more than the last element's place; 0 where there is none."""
        if 0 in self.shape:
            return 0
        return 1 + self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))

    def permuted(self, perm: Sequence[int]) -> "View":
        """With its axes in another order."""
        return View(tuple([self.shape[i] for i in perm]), tuple([self.strides[i] for i in perm]), self.offset)

    def cut(self, begin: Sequence[int], shape: Shape) -> "View":
        """The part of `shape` that begins at an index."""
        start = sum(at * step for at, step in zip(begin, self.strides, strict=True))
        return View(shape, self.strides, self.offset + start)

    def broadcast(self, batch: Shape) -> "View | None":
        """Matrices repeated along leading dims that are 1 or missing; None where another size is there."""
        missing = len(batch) + 2 - len(self.shape)
        sizes = (1,) * missing + self.shape[:-2]
        if missing < 0 or any(n not in (1, wanted) for n, wanted in zip(sizes, batch, strict=True)):
            return None
        steps = (0,) * missing + self.strides[:-2]
        steps = tuple([0 if n == 1 else step for n, step in zip(sizes, steps, strict=True)])
        return View((*batch, *self.shape[-2:]), (*steps, *self.strides[-2:]), self.offset)

    def in_lines(self, width: int, wider: int, start: int = 0) -> "View | None":
        """The same of lines of `wider` elements, where what were lines of `width` begin at `start`.

        None where a step goes from within one line into the next.

        >>> whole((2, 4)).in_lines(4, 12, 8)
        View(shape=(2, 4), strides=(12, 1), offset=8)
        """
        within = [(n - 1) * step for n, step in zip(self.shape, self.strides, strict=True) if step % width]
        if self.offset % width + sum(within) >= width:
            return None
        steps = tuple([step if step % width else step // width * wider for step in self.strides])
        return View(self.shape, steps, self.offset // width * wider + self.offset % width + start)

    def reshaped(self, shape: Shape) -> "View | None":
        """The same elements in the same order with other dims; None where that is no view.

        >>> whole((4, 6)).permuted((1, 0)).reshaped((2, 3, 4))
        View(shape=(2, 3, 4), strides=(3, 1, 6), offset=0)
        >>> whole((4, 6)).permuted((1, 0)).reshaped((24,)) is None
        True
        """
        if 0 in self.shape or 0 in shape:
            return None
        dims, at, steps = _merged(self), 0, []
        left = dims[0][0] if dims else 1  # elements of dims[at] that no dim of `shape` has taken yet
        for n in shape:
            if left == 1 and n > 1:
                at += 1
                left = dims[at][0]
            if left % n:
                return None
            left //= n
            steps.append(left * dims[at][1] if n > 1 else 0)
        return View(shape, tuple(steps), self.offset)


def _merged(view: View) -> list[tuple[int, int]]:
    """Sizes and strides of as few dims as have the elements of a view in their order."""
    dims: list[tuple[int, int]] = []
    for n, step in zip(view.shape, view.strides, strict=True):
        if dims and dims[-1][1] == n * step:
            dims[-1] = dims[-1][0] * n, step
        elif n > 1:
            dims.append((n, step))
    return dims


def whole(shape: Shape) -> View:
    """All elements in their order.

    >>> whole((2, 3))
    View(shape=(2, 3), strides=(3, 1), offset=0)
    """
    return View(shape, tuple([math.prod(shape[i + 1 :]) for i in range(len(shape))]))
