"""How data come to a model: arrays and data sets, checked against its inputs and outputs, batch by batch."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, count, islice
from typing import Any

from glbackend.base.dtypes import to_numpy
from glbackend.base.errors import ArgumentError
from glbackend.ops.create import tensor
from glbackend.training.batches import (
    arrays_of,
    check_inputs,
    check_weights,
    class_weights,
    column,
    group_of,
    has_shape,
    of_rank,
    same_length,
    tensors_of,
)
from glbackend.training.dataset import Arrays, Batch, Dataset, first_of, parts_of
from glbackend.training.objective import Objective
from glbackend.training.streams import Stream, as_dataset
from glbackend.training.trainable import Trainable

Group = Callable[[Any, list[str], str, str], list[Any]]  # group_of, arrays_of or tensors_of


class Feed:
    """The data of one model; `objective` gives what targets have to fit."""

    def __init__(self, model: Trainable, objective: Callable[[str], Objective]) -> None:
        self.model, self.objective = model, objective

    def inputs(self, x: Any, op: str, group: Group) -> list[Any]:
        """x by the model's inputs, as arrays, tensors or whatever `group` makes of it, checked.

        Makes the weights of a model that has not seen data yet.
        """
        if not self.model.built:
            self.model.build(self.model._arranged_inputs(shapes_of(self.model._grouped_inputs(x), op)))
        symbols = self.model._symbolic_inputs
        given = group(x, names_for(x, self.model), "inputs", op)
        found = [
            of_rank(column(one, symbol.shape), symbol.shape)
            for one, symbol in zip(given, symbols, strict=True)
        ]
        check_inputs(found, symbols, op)
        return found

    def parts(self, element: Any, op: str, group: Group) -> tuple[list[Any], list[Any], list[Any]]:
        """Inputs, targets and weights of an element of a data set (or of its spec), checked as `inputs`."""
        x, y, weights = parts_of(element, op)
        inputs = self.inputs(x, op, group)
        objective = self.objective(op)
        names, outputs = objective.target_names, objective.target_outputs
        if y is None and names:
            raise ArgumentError(
                f"{op}: there are no targets: give y, or as x a data set of tuples (x, y) or (x, y, weights)"
            )
        given = group(objective.aimed_at(y), names, "targets", op) if names else []
        targets = [column(one, output.shape) for one, output in zip(given, outputs, strict=True)]
        objective.check_targets(targets, op)
        if weights is None or not names:
            return inputs, targets, []
        scales = group(objective.aimed_at(weights), names, "weights", op)
        check_weights(scales, outputs, op)
        return inputs, targets, scales

    def batch(self, element: Any, op: str, class_weight: Any = None) -> Batch:
        """The tensors of an element, with the weights of its classes where there are any.

        Those of `Arrays` were checked as a whole.
        """
        if isinstance(element, Batch):
            return element
        inputs, targets, weights = self.parts(element, op, tensors_of)
        if class_weight is not None:
            _only_one_kind(weights, op)
            arrays = [one.numpy() for one in targets]
            names = self.objective(op).target_names
            weights = [tensor(one) for one in class_weights(arrays, class_weight, names)]
        same_length([*inputs, *targets, *weights], op)
        return Batch(inputs, targets, weights)

    def batches(
        self, data: Dataset, op: str, steps: int | None = None, class_weight: Any = None
    ) -> Iterator[Batch]:
        """One pass over a data set, or its first `steps`; ArgumentError where it gives nothing."""
        empty = True
        for element in islice(data, steps):
            empty = False
            yield self.batch(element, op, class_weight)
        if empty:
            raise data.ended() if isinstance(data, Stream) else nothing(op)

    def passes(self, data: Dataset, steps: int | None, class_weight: Any) -> Iterator[Iterator[Batch]]:
        """The batches of each epoch: a pass, or so many steps of passes that follow one another."""

        def once() -> Iterator[Batch]:
            return self.batches(data, "fit", None, class_weight)

        if steps is None:
            return (once() for _ in count())
        # differs from TF.js: a data set that ends within an epoch's steps begins again, there the epoch ends
        endless = chain.from_iterable(once() for _ in count())
        return (islice(endless, steps) for _ in count())

    def dataset(
        self,
        x: Any,
        y: Any,
        op: str,
        batch_size: int,
        *,
        sample_weight: Any = None,
        class_weight: Any = None,
        shuffle: bool = False,
        seed: int | None = None,
    ) -> Dataset:
        """x if it is a data set, else the arrays x, y and weights as one; checked as far as it is known."""
        if seed is not None and seed < 0:
            raise ArgumentError(f"{op}: seed must be at least 0, got {seed}")
        data = as_dataset(x, op, shuffle, seed)
        if data is None:
            return self.arrays((x, y, sample_weight), op, batch_size, class_weight, shuffle, seed)
        for what, name, given in (("targets", "y", y), ("weights", "sample_weight", sample_weight)):
            if given is not None:
                raise ArgumentError(f"{op}: a data set has its own {what}: leave {name} out")
        self.look(data, op)
        return data

    def look(self, data: Dataset, op: str) -> None:
        """Checks the spec of a data set, or where the model waits for shapes its first element."""
        if data.element_spec is not None:
            self.parts(data.element_spec, op, group_of)
        elif not self.model.built:  # the shapes of the first batch make the weights
            first = data.peek() if isinstance(data, Stream) else first_of(data)
            if first is None:
                raise nothing(op)
            self.parts(first, op, tensors_of)

    def arrays(
        self,
        element: Any,
        op: str,
        batch_size: int,
        class_weight: Any = None,
        shuffle: bool = False,
        seed: int | None = None,
    ) -> Arrays:
        """The arrays (x, y, weights) as a data set."""
        inputs, targets, weights = self.parts(element, op, arrays_of)
        same_length([*inputs, *targets, *weights], op)
        if class_weight is not None:
            _only_one_kind(weights, op)
            weights = class_weights(targets, class_weight, self.objective(op).target_names)
        return Arrays(inputs, targets, weights, batch_size=batch_size, shuffle=shuffle, seed=seed)


def shapes_of(x: Any, op: str) -> list[tuple[int, ...]]:
    """The shapes of one input, or of a list or dict of them."""
    several = isinstance(x, list | tuple) and len(x) > 0 and all(map(has_shape, x))
    group = list(x.values()) if isinstance(x, Mapping) else list(x) if several else [x]
    shapes = [
        tuple(one.shape) if hasattr(one, "shape") else to_numpy(one, None, f"{op}: inputs").shape
        for one in group
    ]
    return [(*one, 1) if len(one) == 1 else one for one in shapes]


def names_for(x: Any, model: Trainable) -> list[str]:
    """The names that inputs go by: keys where the model takes a dict, unless x has their layers' names."""
    names = [one.name for one in model._symbolic_inputs]
    if model._input_keys is None or (isinstance(x, Mapping) and set(x) == set(names)):
        return names
    return list(model._input_keys)


def nothing(op: str) -> ArgumentError:
    """What to raise where a data set gives no batch."""
    return ArgumentError(f"{op}: the data set gave no batch: each iteration over it must begin again")


def _only_one_kind(weights: list[Any], op: str) -> None:
    if weights:
        raise ArgumentError(
            f"{op}: class_weight is given, and the data has weights of its own (sample_weight)"
        )
