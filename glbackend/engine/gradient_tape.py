"""GradientTape, as TensorFlow has it, and the Jacobians of what a tape recorded."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Token
from typing import Any, Literal

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.calling import explained
from glbackend.base.dtypes import NUMPY
from glbackend.base.errors import ArgumentError, GradientError, ShapeError
from glbackend.base.nested import leaves, map_leaves, only
from glbackend.engine.autodiff import floating, seed_of
from glbackend.engine.storage import Handle
from glbackend.engine.tape import Node, Tape, backward, tapes
from glbackend.engine.tensor import METHODS, Tensor, Variable

Unconnected = Literal["none", "zero"]  # what a source has on which no target depends


def jacobians(
    nodes: list[Node], y: Tensor, sources: Sequence[Tensor], batches: bool = False
) -> list[Tensor | None]:
    """The derivative of each element of y by each source, None where y does not depend on it.

    `batches`: of the elements of each example by its own example alone, for which one walk serves them all.
    """
    ids = {one.id for one in sources}
    shape = y.shape[1:] if batches else y.shape
    size = int(np.prod(shape, dtype=int))
    rows = []
    for place in range(size):
        seed = np.zeros((y.shape[0] if batches else 1, size), NUMPY[y.dtype])
        seed[:, place] = 1
        rows.append(backward(nodes, {y.id: Tensor(Handle.of(seed.reshape(y.shape), y.spec))}, ids))
    found: list[Tensor | None] = []
    for one in sources:
        own = [METHODS["zeros"](one.shape) if row.get(one.id) is None else row[one.id] for row in rows]
        if not any(one.id in row for row in rows):
            found.append(None)
        elif batches:
            stacked = METHODS["stack"](own[0], own[1:], 1)
            found.append(stacked.reshape((*y.shape, *one.shape[1:])))
        else:
            found.append(METHODS["stack"](own[0], own[1:]).reshape((*y.shape, *one.shape)))
    return found


class GradientTape:
    """Records what runs inside a `with` block; `gradient` walks it backwards. As TensorFlow's tape.

    Trainable variables are watched by themselves, tensors by `watch`. A `persistent` tape may be asked many
    times. A block that is entered again goes on with what was recorded, or begins anew where that was used.

    >>> import glbackend as gl
    >>> x = gl.tensor(3.)
    >>> with gl.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * x
    >>> tape.gradient(y, x).item()
    6.0
    """

    @explained
    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.persistent, self._watches = persistent, watch_accessed_variables
        self._tape: Tape | None = Tape(watch_accessed_variables)
        self._token: Token[tuple[Tape, ...]] | None = None

    def __enter__(self) -> "GradientTape":
        if self._token is not None:
            raise GradientError("this GradientTape records already: leave its block before entering it again")
        self._tape = self._tape or Tape(self._watches)
        self._token = tapes.set((*tapes.get(), self._tape))
        return self

    def __exit__(self, *error: object) -> None:
        assert self._token is not None
        tapes.reset(self._token)
        self._token = None

    def watch(self, tensor: Tensor | Iterable[Tensor]) -> None:
        """Follows what is computed from a tensor, or from those of nested lists, tuples and dicts."""
        watched = list(tensor.values()) if isinstance(tensor, dict) else tensor
        watched = [watched] if isinstance(watched, Tensor) else list(watched)
        for one in watched:
            if not only(Tensor, one):
                raise ArgumentError(
                    f"GradientTape.watch: expected tensors, got {got(one)}: use gl.tensor first"
                )
        found = list(leaves(Tensor, watched))
        for i, one in enumerate(found):
            floating(one, f"watched tensor {i}", "GradientTape.watch")
        self._recorded().watch(found)

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Within the block the tape records nothing.

        >>> import glbackend as gl
        >>> x = gl.variable(3.)
        >>> with gl.GradientTape() as tape:
        ...     with tape.stop_recording():
        ...         y = x * x
        >>> tape.gradient(y, x) is None
        True
        """
        token = tapes.set(tuple([one for one in tapes.get() if one is not self._tape]))
        try:
            yield
        finally:
            tapes.reset(token)

    def reset(self) -> None:
        """Forgets what was recorded, and what was watched."""
        recorded = self._recorded()
        recorded.nodes.clear()
        recorded.tracked.clear()
        recorded.variables.clear()

    def watched_variables(self) -> tuple[Variable, ...]:
        """The trainable variables that were used."""
        return tuple(self._recorded().variables.values())

    def jacobian(
        self,
        target: Tensor,
        sources: Any,
        unconnected_gradients: Unconnected = "none",
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each element of `target` by each of a tensor, or such for nested lists and dicts.

        Its shape is that of the target, then that of the source; None where the target does not depend on
        it. It costs a walk for each element of the target. `sources` and `unconnected_gradients`: as in
        `gradient`. `parallel_iterations` and `experimental_use_pfor` change nothing here.

        >>> import glbackend as gl
        >>> x = gl.variable([1., 2.])
        >>> with gl.GradientTape() as tape:
        ...     y = x * x
        >>> tape.jacobian(y, x).numpy().tolist()
        [[2.0, 0.0], [0.0, 4.0]]
        """
        self._check("jacobian", target, sources, unconnected_gradients)
        wanted = list({one.id: one for one in leaves(Tensor, sources)}.values())
        with self._walked() as nodes:
            found = jacobians(nodes, target, wanted)
        by_id = {one.id: its for one, its in zip(wanted, found, strict=True) if its is not None}
        return _arranged(by_id, sources, unconnected_gradients, target.shape)

    def batch_jacobian(
        self,
        target: Tensor,
        source: Tensor,
        unconnected_gradients: Unconnected = "none",
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """For each example the derivative of each element of its `target` by each of its `source`.

        Both have the batch first, and examples do not depend on one another. The shape is the batch, that of
        a target, then that of a source; it costs a walk for each element of an example's target. None where
        the target does not depend on the source, with "zero" as `unconnected_gradients` zeros.
        `parallel_iterations` and `experimental_use_pfor` change nothing here.

        >>> import glbackend as gl
        >>> x = gl.variable([[1., 2.], [3., 4.]])
        >>> with gl.GradientTape() as tape:
        ...     y = x * x
        >>> tape.batch_jacobian(y, x).numpy().tolist()
        [[[2.0, 0.0], [0.0, 4.0]], [[6.0, 0.0], [0.0, 8.0]]]
        """
        self._check("batch_jacobian", target, source, unconnected_gradients)
        if not isinstance(source, Tensor) or not target.rank or target.shape[:1] != source.shape[:1]:
            shapes = [list(target.shape), list(source.shape) if isinstance(source, Tensor) else got(source)]
            raise ShapeError(
                f"GradientTape.batch_jacobian: target and source must be tensors with equal batches in "
                f"front, got {shapes[0]} and {shapes[1]}"
            )
        with self._walked() as nodes:
            [found] = jacobians(nodes, target, [source], batches=True)
        if found is None and unconnected_gradients == "zero":
            return METHODS["zeros"]((*target.shape, *source.shape[1:]))
        return found

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Unconnected = "none",
    ) -> Any:
        """Gradient of `target` with respect to a tensor; for nested lists, tuples and dicts of them such.

        `target`: a tensor, or nested lists, tuples and dicts of them, whose gradients are added up.
        `output_gradients`: what the elements of the target are weighed with, ones by default; for several
        targets one of each, None for ones.
        `unconnected_gradients`: what a source has on which no target depends: "none" for None, or "zero".

        Raises GradientError at a second call unless the tape is persistent.

        >>> import glbackend as gl
        >>> w = {"a": gl.variable(3.), "b": gl.variable(2.)}
        >>> with gl.GradientTape() as tape:
        ...     y = w["a"] * w["b"]
        >>> {name: one.item() for name, one in tape.gradient([y, y], w).items()}
        {'a': 4.0, 'b': 6.0}
        """
        self._check("gradient", target, sources, unconnected_gradients)
        targets = list(leaves(Tensor, target))
        seeds = _seeds(target, targets, output_gradients)
        with self._walked() as nodes:
            given: dict[int, Tensor] = {}
            for one, seed in zip(targets, seeds, strict=True):
                given[one.id] = given[one.id] + seed if one.id in given else seed
            found = backward(nodes, given, {x.id for x in leaves(Tensor, sources)})
        return _arranged(found, sources, unconnected_gradients)

    def _check(self, method: str, target: Any, sources: Any, unconnected: Any) -> None:
        """ArgumentError for what is no tensor; a Jacobian is of one target."""
        several = method == "gradient"
        if not (only(Tensor, target) if several else isinstance(target, Tensor)) or not only(Tensor, sources):
            raise ArgumentError(
                f"GradientTape.{method}: needs a target tensor{' or several' if several else ''} and a "
                f"tensor or a list or dict of tensors as sources, got {got(target)} and {got(sources)}"
            )
        if unconnected not in ("none", "zero"):
            raise ArgumentError(
                f"GradientTape.{method}: unconnected_gradients must be 'none' or 'zero', got {unconnected!r}"
            )

    @contextmanager
    def _walked(self) -> Iterator[list[Node]]:
        """What was recorded, for a walk that the tape itself sees where it is persistent alone."""
        tape = self._recorded()
        token = tapes.set(tuple([one for one in tapes.get() if one is not tape or self.persistent]))
        try:
            yield list(tape.nodes)
        finally:
            tapes.reset(token)
        if not self.persistent:
            self._tape = None

    def _recorded(self) -> Tape:
        if self._tape is None:
            raise GradientError(
                "this GradientTape has been used: make it with persistent=True to ask it again"
            )
        return self._tape


def _seeds(target: Any, targets: list[Tensor], given: Any) -> list[Tensor]:
    """What each target's elements are weighed with."""
    op = "GradientTape.gradient"
    if given is None or isinstance(target, Tensor):
        return [seed_of(one, given, op) for one in targets]
    weights = list(given.values()) if isinstance(given, dict) else given
    if not isinstance(weights, list | tuple) or len(weights) != len(targets):
        raise ArgumentError(
            f"{op}: output_gradients must be one of each of {len(targets)} targets, got {got(given)}"
        )
    return [seed_of(one, weight, op) for one, weight in zip(targets, weights, strict=True)]


def _arranged(found: dict[int, Tensor], sources: Any, unconnected: str, shape: tuple[int, ...] = ()) -> Any:
    """Gradients in the structure of the sources; `shape` stands in front of that of each source."""

    def of(one: Tensor) -> Tensor | None:
        if one.id in found or unconnected == "none":
            return found.get(one.id)
        zeros: Tensor = METHODS["zeros"]((*shape, *one.shape))
        return zeros

    return map_leaves(Tensor, of, sources)
