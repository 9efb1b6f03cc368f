"""Schedules of the learning rate, as `gl.optimizers.schedules`: functions of the number of steps done.

They are asked on the host at each step, and what they give is a late number: a recorded step goes on with
them.

>>> import glbackend as gl
>>> rate = gl.optimizers.schedules.ExponentialDecay(0.5, decay_steps=2, decay_rate=0.25)
>>> [rate(step) for step in range(3)]
[0.5, 0.25, 0.125]
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from glbackend.base.calling import Explained
from glbackend.base.config import Configured
from glbackend.base.errors import ArgumentError, CallError
from glbackend.base.registry import Registry
from glbackend.base.registry import serialize as _serialize

__all__ = [
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "LearningRateSchedule",
    "PiecewiseConstantDecay", "PolynomialDecay", "cosine_decay", "cosine_decay_restarts", "deserialize",
    "exponential_decay", "inverse_time_decay", "piecewise_constant", "piecewise_constant_decay",
    "polynomial_decay", "serialize",
]  # fmt: skip


class LearningRateSchedule(Configured, metaclass=Explained):
    """A learning rate that depends on the number of steps done. As Keras's LearningRateSchedule.

    A subclass gives `__call__(self, step)`, a number for a number, and keeps its arguments in attributes.

    >>> import glbackend as gl
    >>> class Halved(gl.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5 ** step
    >>> gl.optimizers.SGD(Halved()).learning_rate
    1.0
    """

    def __call__(self, step: int) -> float:
        """The rate after so many steps."""
        raise NotImplementedError(f"{type(self).__name__} must have a method __call__(self, step)")


SCHEDULES: Registry[Any] = Registry("learning rate schedule", LearningRateSchedule)


@SCHEDULES.declare()
class ExponentialDecay(LearningRateSchedule):
    """rate * decay_rate ^ (step / decay_steps). As Keras's ExponentialDecay.

    `initial_learning_rate`: what it begins with.
    `decay_steps`: after so many steps it is `decay_rate` times what it was.
    `staircase`: whether it changes after whole `decay_steps` alone.
    `name`: of the schedule.

    >>> import glbackend as gl
    >>> gl.optimizers.schedules.ExponentialDecay(1., 10, 0.5, staircase=True)(19)
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, _positive(name, decay_steps)
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step: int) -> float:
        periods = _periods(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate * _power(self.decay_rate, periods)


@SCHEDULES.declare()
class InverseTimeDecay(LearningRateSchedule):
    """rate / (1 + decay_rate * step / decay_steps). As Keras's InverseTimeDecay.

    `initial_learning_rate`: what it begins with.
    `decay_steps`, `decay_rate`: after so many steps it is divided by 1 + decay_rate.
    `staircase`: whether it changes after whole `decay_steps` alone.
    `name`: of the schedule.

    >>> import glbackend as gl
    >>> gl.optimizers.schedules.InverseTimeDecay(1., 10, 0.5)(20)
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, _positive(name, decay_steps)
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step: int) -> float:
        periods = _periods(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate / (1 + self.decay_rate * periods)


@SCHEDULES.declare("PiecewiseConstant")
class PiecewiseConstantDecay(LearningRateSchedule):
    """One of some rates, each up to its boundary. As Keras's PiecewiseConstantDecay.

    `boundaries`: numbers of steps, rising; at a boundary itself the rate before it holds.
    `values`: the rates, one more than there are boundaries.
    `name`: of the schedule.

    >>> import glbackend as gl
    >>> rate = gl.optimizers.schedules.PiecewiseConstantDecay([10, 20], [1., 0.5, 0.1])
    >>> rate(10), rate(11), rate(21)
    (1.0, 0.5, 0.1)
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ArgumentError(
                f"{name}: {len(boundaries)} boundaries part {len(boundaries) + 1} values, got {len(values)}"
            )
        if sorted(boundaries) != list(boundaries):
            raise ArgumentError(f"{name}: boundaries must rise, got {list(boundaries)}")
        self.boundaries, self.values, self.name = list(boundaries), list(values), name

    def __call__(self, step: int) -> float:
        return float(self.values[bisect_left(self.boundaries, step)])


@SCHEDULES.declare()
class PolynomialDecay(LearningRateSchedule):
    """From one rate to another along (1 - step / decay_steps) ^ power. As Keras's PolynomialDecay.

    `initial_learning_rate`, `end_learning_rate`: what it begins and ends with.
    `decay_steps`: after so many steps the end is reached.
    `power`: of the polynomial; 1 is a line.
    `cycle`: whether it then begins again, over twice, three times, ... as many steps; else it stays.
    `name`: of the schedule.

    >>> import glbackend as gl
    >>> gl.optimizers.schedules.PolynomialDecay(1., 10, end_learning_rate=0.)(5)
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, _positive(name, decay_steps)
        self.end_learning_rate, self.power, self.cycle, self.name = end_learning_rate, power, cycle, name

    def __call__(self, step: int) -> float:
        rounds = max(math.ceil(step / self.decay_steps), 1) if self.cycle else 1
        left = 1 - min(step / (self.decay_steps * rounds), 1)
        first, last = self.initial_learning_rate, self.end_learning_rate
        return (first - last) * _power(left, self.power) + last


@SCHEDULES.declare()
class CosineDecay(LearningRateSchedule):
    """Down half a wave of the cosine, after a warmup where one is asked for. As Keras's CosineDecay.

    `initial_learning_rate`: what it begins with.
    `decay_steps`: the length of the half wave.
    `alpha`: the share of the highest rate that it ends with.
    `name`: of the schedule.
    `warmup_target`: the rate that `warmup_steps` steps lead up to along a line; None for no warmup.
    `warmup_steps`: their number.

    Loshchilov and Hutter 2016.

    >>> import glbackend as gl
    >>> rate = gl.optimizers.schedules.CosineDecay(0., 10, warmup_target=1., warmup_steps=2)
    >>> [round(rate(step), 2) for step in (0, 1, 2, 7, 12)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, _positive(name, decay_steps)
        self.alpha, self.name = alpha, name
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def __call__(self, step: int) -> float:
        first, top = self.initial_learning_rate, self.warmup_target
        if top is None:
            return first * _half_wave(step / self.decay_steps, self.alpha)
        if step < self.warmup_steps:
            return first + (top - first) * step / self.warmup_steps
        return top * _half_wave((step - self.warmup_steps) / self.decay_steps, self.alpha)


@SCHEDULES.declare()
class CosineDecayRestarts(LearningRateSchedule):
    """Half waves of the cosine, one after the other. As Keras's CosineDecayRestarts.

    `initial_learning_rate`: what it begins with.
    `first_decay_steps`: the length of the first half wave.
    `t_mul`: how many times as long each further one is, at least 1.
    `m_mul`: how many times as high.
    `alpha`: the share of the first rate that it does not fall below.
    `name`: of the schedule.

    Loshchilov and Hutter 2016.

    >>> import glbackend as gl
    >>> rate = gl.optimizers.schedules.CosineDecayRestarts(1., 4, t_mul=2., m_mul=0.5)
    >>> [round(rate(step), 2) for step in (0, 2, 4, 8)]
    [1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = _positive(name, first_decay_steps)
        if not t_mul >= 1:
            raise ArgumentError(f"{name}: t_mul must be at least 1, got {t_mul}")
        self.t_mul, self.m_mul, self.alpha, self.name = t_mul, m_mul, alpha, name

    def __call__(self, step: int) -> float:
        done, number, length = float(step), 0, float(self.first_decay_steps)
        if self.t_mul == 1:
            number, done = divmod(step, length)  # type: ignore[assignment]
        while done >= length and self.t_mul != 1:
            done, number, length = done - length, number + 1, length * self.t_mul
        wave = _half_wave(done / length, 0.0) * _power(self.m_mul, number)
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


def _positive(name: str, steps: float) -> float:
    if steps <= 0:
        raise ArgumentError(f"{name}: the number of steps must be above 0, got {steps}")
    return steps


def _power(base: float, exponent: float) -> float:
    """A power of floats; infinity where it is none, as on the device."""
    try:
        return float(base) ** float(exponent)
    except (OverflowError, ZeroDivisionError):
        return math.inf


def _periods(step: int, length: float, whole: bool) -> float:
    return step // length if whole else step / length


def _half_wave(share: float, end: float) -> float:
    """From 1 to `end`, and there it stays."""
    return (1 - end) * 0.5 * (1 + math.cos(math.pi * min(share, 1))) + end


class Rate(NamedTuple):
    """A learning rate: a number, or a schedule that gives it for the number of steps done."""

    number: float
    schedule: Callable[[int], Any] | None = None

    def __call__(self, steps: int) -> float:
        return self.number if self.schedule is None else float(self.schedule(steps))


def rate_of(given: Any) -> Rate:
    """What an optimizer's `learning_rate` means: a number, a schedule, a saved one, or a function."""
    if isinstance(given, Mapping):
        given = SCHEDULES.get(given)
    if callable(given):
        return Rate(math.nan, given)
    try:
        return Rate(float(given))
    except (TypeError, ValueError):
        raise CallError(
            f"learning_rate must be a number, a schedule or a function of the step, got {given!r}"
        ) from None


def serialize(learning_rate_schedule: Any) -> Any:
    """What files hold of a schedule. As Keras's `schedules.serialize`.

    `learning_rate_schedule`: a schedule, or a function that `gl.register` knows.

    >>> import glbackend as gl
    >>> gl.optimizers.schedules.serialize(gl.optimizers.schedules.PolynomialDecay(1., 10))["class_name"]
    'PolynomialDecay'
    """
    return _serialize(learning_rate_schedule)


def deserialize(config: Any) -> Any:
    """The schedule of what `serialize` gave. As Keras's `schedules.deserialize`.

    `config`: a dict with class_name and config; ArgumentError for an unknown class.

    >>> import glbackend as gl
    >>> gl.optimizers.schedules.deserialize({"class_name": "CosineDecay", "config":
    ...     {"initial_learning_rate": 0.5, "decay_steps": 10}})(0)
    0.5
    """
    return SCHEDULES.get(config)


exponential_decay, inverse_time_decay = ExponentialDecay, InverseTimeDecay
piecewise_constant_decay = piecewise_constant = PiecewiseConstantDecay
polynomial_decay, cosine_decay, cosine_decay_restarts = PolynomialDecay, CosineDecay, CosineDecayRestarts
