"""Adafactor: squares of gradients remembered by row and by column."""

from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.base.late import derived
from glbackend.base.shapes import Shape
from glbackend.engine.tensor import Tensor, Variable
from glbackend.optimizers.optimizer import OPTIMIZERS, Numbers, Optimizer


@OPTIMIZERS.declare()
class Adafactor(Optimizer):
    """Adam's steps with little memory (Shazeer and Stern 2018). As Keras's Adafactor.

    Of a matrix the means of squared gradients are kept by row and by column, of others for each element.

    `beta_2_decay`: the mean of a step t keeps 1 - t ** beta_2_decay of what it was.
    `epsilon_1`: added to squared gradients.
    `epsilon_2`: the least length that a variable counts as, which its steps go by.
    `clip_threshold`: the most that the root mean square of a step may be, before the rate.
    `relative_step`: whether the rate is at most 1 / sqrt(t); of a schedule it is in any case.

    Takes no `gradient_accumulation_steps`: ArgumentError. TF.js has none.

    >>> import glbackend as gl
    >>> w = gl.variable([[3., 4.], [6., 8.]])
    >>> gl.optimizers.Adafactor(0.1).minimize(lambda: w.sum()); w.numpy().round(2).tolist()
    [[2.440000057220459, 3.440000057220459], [5.440000057220459, 7.440000057220459]]
    """

    kernel = "ApplyGradientDescent"
    own_slots = ("r", "c", "v")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **options: Any,
    ) -> None:
        self.beta_2_decay, self.epsilon_1, self.epsilon_2 = beta_2_decay, epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step
        super().__init__(learning_rate, **options)
        if self.gradient_accumulation_steps is not None:
            raise ArgumentError("Adafactor: takes no gradient_accumulation_steps")

    def slot_shapes(self, variable: Variable) -> list[Shape]:
        shape = variable.shape
        factored = len(shape) > 1
        own = [shape[:-1], (*shape[:-2], shape[-1]), ()] if factored else [(), (), shape]
        return own + [shape] * len(self.extra_slots)

    def attrs(self, step: int) -> dict[str, float]:
        root = float(step**-0.5)
        return {"learning_rate": min(self.rate_at(step), root), "new_share": float(step**self.beta_2_decay)}

    def _update(self, variable: Variable, gradient: Tensor, numbers: Numbers, scale: Tensor | None) -> None:
        row, column, element, *average = self.slots_of(variable)
        given = gradient if scale is None else gradient * scale
        if self.clipvalue is not None:
            given = given.clip_by_value(-self.clipvalue, self.clipvalue)
        squares, share = given.square() + self.epsilon_1, Numbers(derived(_new_share, numbers.given))
        if variable.rank > 1:
            rows = self._mean(row, squares.mean(-1), share)
            columns = self._mean(column, squares.mean(-2), share)
            size = (rows / rows.mean(-1, True)).expand_dims(-1) * columns.expand_dims(-2)
            moved: list[tuple[Variable, Tensor]] = [(row, rows), (column, columns)]
        else:
            size = self._mean(element, squares, share)
            moved = [(element, size)]
        step = given / size.sqrt()
        value: Tensor = variable
        if self.decays(variable):  # before its length is measured
            nothing = {"value": variable, "gradient": variable * 0.0}
            value = self._run(self.kernel, nothing, numbers, decays=True, clips=False)[0]
        step = step / (_rms(step) / self.clip_threshold).maximum(1.0) * _rms(value).maximum(self.epsilon_2)
        inputs = {"value": value, "gradient": step, **dict(zip(("average",), average, strict=False))}
        updated = self._run(self.kernel, inputs, numbers, decays=False, clips=False)
        for old, new in (*zip((variable, *average), updated, strict=True), *moved):
            old.assign(new)

    def _mean(self, old: Variable, new: Tensor, share: Numbers) -> Tensor:
        """The mean so far with a share of the new value: a step of that size towards it."""
        found: Tensor = self._run(self.kernel, {"value": old, "gradient": old - new}, share, False, False)[0]
        return found


def _new_share(numbers: dict[str, float]) -> dict[str, float]:
    """What a mean takes up of a new value, in the place of a rate."""
    return {**numbers, "learning_rate": numbers["new_share"]}


def _rms(x: Tensor) -> Tensor:
    return x.square().mean().sqrt()
