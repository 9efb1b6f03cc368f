"""What all optimizers share.

An update is one kernel a variable: value and slots in one pass, and what may be done besides (clipping by
value, weight decay, gradients added up over steps, a moving mean of the weights) is part of it. What a step
finds changed by the one before is in Variables (the slots) or late (the numbers of the step), so that a step
can be traced.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from operator import itemgetter
from typing import Any, ClassVar, Self

from glbackend.base.calling import Explained, parameters_of
from glbackend.base.config import Configured
from glbackend.base.errors import ArgumentError, GradientError
from glbackend.base.late import derived
from glbackend.base.naming import Answering, ours
from glbackend.base.registry import Registry, serialize
from glbackend.contracts.optimizer import EXTRAS, OPTIONS, STEPS
from glbackend.engine.autodiff import gradient_pairs
from glbackend.engine.engine import engine
from glbackend.engine.node import late
from glbackend.engine.tensor import Tensor, Variable
from glbackend.optimizers.asked import Count, Number
from glbackend.optimizers.clipping import scales_of
from glbackend.optimizers.configs import spelled
from glbackend.optimizers.own_step import OwnStep
from glbackend.optimizers.schedules import Rate, rate_of

Pairs = list[tuple[Tensor, Variable]]


class Numbers:
    """The numbers of a step, by name, or one late number that stands for them all."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self._attrs: dict[Any, dict[str, Any]] = {}

    def attrs(self, kernel: str, extras: tuple[str, ...], options: tuple[bool, bool]) -> dict[str, Any]:
        """Those that a kernel takes with such optional inputs, and such of the options "clip" and "decay"."""
        key = kernel, extras, options
        if key not in self._attrs:
            names = [*STEPS[kernel].attrs, *(attr for name in extras for attr in OPTIONS[name])]
            names += [name for name, taken in zip(OPTIONS[""], options, strict=True) if taken]
            self._attrs[key] = {name: derived(itemgetter(name), self.given) for name in names}
        return self._attrs[key]


class Optimizer(Answering, OwnStep, Configured, metaclass=Explained):
    """Minimizes a scalar by changing variables. As TF.js's Optimizer, with the options of Keras's.

    `learning_rate`: size of a step: a number, one of `gl.optimizers.schedules`, or a function of the number
    of steps done. It may be changed between steps.
    `weight_decay`: before a step weights lose this share, times the rate; see `exclude_from_weight_decay`.
    `clipnorm`: the most that the norm of a variable's gradient may be; what is longer is shortened.
    `clipvalue`: the most that an element of a gradient may be, with either sign.
    `global_clipnorm`: the most that the norm of all gradients together may be. One of the three alone.
    `use_ema`: whether a moving mean of each variable is kept, which `fit` leaves in its place at its end.
    `ema_momentum`: the share of that mean that stays in a step.
    `ema_overwrite_frequency`: each so many steps the variables become their means already.
    `gradient_accumulation_steps`: so many calls make a step, by the mean of their gradients.
    `name`: of the optimizer.

    What an optimizer remembers of a variable is made when that is first seen.

    >>> import glbackend as gl
    >>> w = gl.variable(3.)
    >>> gl.train.sgd(0.5).minimize(lambda: w.square().sum(), return_cost=True).item(), w.item()
    (9.0, 0.0)
    >>> gl.optimizers.SGD(0.5, clipvalue=1.).minimize(lambda: (w - 3.).square()); w.item()
    0.5
    """

    unsaved: ClassVar[frozenset[str]] = frozenset({"name"})
    file_names: ClassVar[Mapping[str, str]] = {}  # what TF.js's files call arguments, where that is another
    kernel: str

    def __init__(
        self,
        learning_rate: Any,
        *,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ) -> None:
        who = type(self).__name__
        if next(base for base in type(self).__mro__ if ours(base)) is Optimizer and not self.has_own_step:
            raise ArgumentError(
                f"{who}: give the class an update_step(self, gradient, variable, learning_rate), or make it "
                f"a subclass of SGD, Adam, ..."
            )
        if self.has_own_step and (use_ema or gradient_accumulation_steps):
            raise ArgumentError(f"{who}: with its own update_step no use_ema, gradient_accumulation_steps")
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum = bool(use_ema), ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.name = name or self.class_name
        self._check_options()
        super().__init__()
        pending, average = self.gradient_accumulation_steps is not None, self.use_ema
        self._extras = ("pending",) * pending + ("average",) * average  # as kernels call the slots of options
        self.extra_slots = ("gradient_accumulator",) * pending + ("average",) * average
        self._undecayed: list[str | Variable] = []

    def _shares(self, beta_1: float, beta_2: float) -> tuple[float, float]:
        """Both; ArgumentError outside [0, 1): corrections divide by what they lack to 1."""
        for name, value in (("beta_1", beta_1), ("beta_2", beta_2)):
            if not 0 <= value < 1:
                raise ArgumentError(f"{self.class_name}: {name} must lie in [0, 1), got {value}")
        return beta_1, beta_2

    def _is_in_graphs(self, name: str, before: Any, value: Any) -> bool:
        """Numbers are asked for in each step (`numbers`), but for whether they are there at all."""
        both = type(before) is type(value) is float and bool(before) == bool(value)
        return not both or name in ("clipnorm", "global_clipnorm")

    def _check_options(self) -> None:
        who, given = self.class_name, (self.clipnorm, self.clipvalue, self.global_clipnorm)
        if sum(one is not None for one in given) > 1:
            raise ArgumentError(f"{who}: give one of clipnorm, clipvalue and global_clipnorm, not several")
        for limit in given:
            if limit is not None and limit <= 0:
                raise ArgumentError(f"{who}: a limit of gradients must be above 0, got {limit}")
        if not 0 <= self.ema_momentum <= 1:
            raise ArgumentError(f"{who}: ema_momentum must lie in [0, 1], got {self.ema_momentum}")
        for name, least in (("ema_overwrite_frequency", 1), ("gradient_accumulation_steps", 2)):
            if (value := getattr(self, name)) is not None and value < least:
                raise ArgumentError(f"{who}: {name} must be at least {least} or None, got {value}")

    @property
    def iterations(self) -> int:
        """How often `apply_gradients` was called; a number that can be asked for `numpy()`."""
        return Count(self._iterations)

    @iterations.setter
    def iterations(self, count: int) -> None:
        self._iterations = int(count)

    @property
    def learning_rate(self) -> float:
        """Size of the next step; of a schedule what it gives for that. It may be set."""
        found = Number(self._rate(self._iterations))
        found.owner = self
        return found

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        self._rate: Rate = rate_of(rate)

    @property
    def schedule(self) -> Any:
        """The schedule or function that gives the rate; None where it is a number."""
        return self._rate.schedule

    def scale_loss(self, loss: Any) -> Any:
        """The loss as it is: gradients are float32 and need no scale. As Keras's `optimizer.scale_loss`.

        `loss`: a tensor or a number.

        >>> import glbackend as gl
        >>> gl.optimizers.SGD(0.5).scale_loss(3.0)
        3.0
        """
        return loss

    def minimize(
        self, f: Callable[[], Tensor], return_cost: bool = False, var_list: Iterable[Variable] | None = None
    ) -> Tensor | None:
        """One step down the gradient of a scalar. As `optimizer.minimize`.

        `f`: a function without arguments that gives the scalar.
        `return_cost`: whether its value is given back; else None is.
        `var_list`: the variables to change; by default all trainable ones that f uses.

        >>> import glbackend as gl
        >>> w = gl.variable(2.)
        >>> gl.train.sgd(0.25).minimize(lambda: w * w)
        >>> w.item()
        1.0
        """
        value, pairs = self.compute_gradients(f, var_list)
        self.apply_gradients(pairs)
        return value if return_cost else None

    def compute_gradients(
        self, f: Callable[[], Tensor], var_list: Iterable[Variable] | None = None
    ) -> tuple[Tensor, list[tuple[Tensor, Variable]]]:
        """The value of a scalar and its gradients; nothing is changed. As `optimizer.computeGradients`.

        `f`, `var_list`: as in `minimize`. Gives the value and a list of pairs (gradient, variable).

        >>> import glbackend as gl
        >>> w = gl.variable(2.)
        >>> value, [(gradient, _)] = gl.train.sgd(0.25).compute_gradients(lambda: w * w)
        >>> value.item(), gradient.item()
        (4.0, 4.0)
        """
        return gradient_pairs(f, var_list, f"{self.class_name}.minimize")

    def apply_gradients(self, pairs: Iterable[tuple[Tensor | None, Variable]]) -> None:
        """Changes variables by their gradients, and counts the step. As `optimizer.applyGradients`.

        `pairs`: of (gradient, variable), as `compute_gradients` gives them; those with None as a gradient, as
        a tape gives it, are left out. GradientError where all have None.

        >>> import glbackend as gl
        >>> w = gl.variable(2.)
        >>> gl.train.sgd(0.25).apply_gradients([(gl.scalar(4.), w)])
        >>> w.item()
        1.0
        """
        given = list(pairs)
        chosen = [(gradient, variable) for gradient, variable in given if gradient is not None]
        if given and not chosen:
            names = ", ".join(variable.name for _, variable in given[:5])
            raise GradientError(f"{self.class_name}: there is no gradient for any variable ({names})")
        if self.has_own_step:
            return self._own_steps(chosen, [variable for _, variable in given])
        numbers = Numbers(late(self._next_step, self._numbers_ahead, self._kept_count))
        scales = self._scales(chosen)
        for (gradient, variable), scale in zip(chosen, scales, strict=True):
            self._update(variable, gradient, numbers, scale)
        return None

    def apply(self, grads: Iterable[Tensor | None], trainable_variables: Iterable[Variable]) -> None:
        """`apply_gradients` of two lists. As Keras's `Optimizer.apply`.

        `grads`: a gradient, or None, for each of `trainable_variables`.

        >>> import glbackend as gl
        >>> w = gl.variable(2.)
        >>> gl.optimizers.SGD(0.25).apply([gl.scalar(4.)], [w])
        >>> w.item()
        1.0
        """
        self.apply_gradients(zip(grads, trainable_variables, strict=True))

    def _scales(self, pairs: Pairs) -> list[Tensor | None]:
        """What each gradient is multiplied by so that norms keep their limits; all on the device."""
        if self.clipnorm is None and self.global_clipnorm is None:
            return [None] * len(pairs)
        gradients = [gradient for gradient, _ in pairs]
        if every := self.gradient_accumulation_steps:
            place = len(self.own_slots)
            gradients = [(self.slots_of(one)[place] + gradient) / every for gradient, one in pairs]
        return scales_of(gradients, self.clipnorm, self.global_clipnorm)

    def _numbers_ahead(self, ahead: int) -> dict[str, float]:
        return self.numbers(self.iterations + 1 + ahead)

    def _kept_count(self) -> Callable[[], None]:
        return partial(setattr, self, "iterations", self.iterations)

    def _next_step(self) -> dict[str, float]:
        self.iterations += 1
        return self.numbers(self.iterations)

    def numbers(self, call: int) -> dict[str, float]:
        """The kernels' numbers of a call of `apply_gradients`: those of its step, and of the options.

        `call`: the number of the call, counted from 1.
        """
        every = self.gradient_accumulation_steps or 1
        step, overwritten = -(-call // every), self.ema_overwrite_frequency
        return {
            **self.attrs(step),
            "weight_loss": (self.weight_decay or 0.0) * self.rate_at(step),
            "clip_value": self.clipvalue or 0.0,
            "share": 1 / every,
            "applies": float(call % every == 0),
            "average_momentum": 0.0 if step == 1 else self.ema_momentum,
            "overwrites": float(overwritten is not None and step % overwritten == 0),
        }

    def rate_at(self, step: int) -> float:
        """The rate of a step.

        `step`: the number of the step, counted from 1.
        """
        return self._rate(step * (self.gradient_accumulation_steps or 1) - 1)

    def attrs(self, step: int) -> dict[str, float]:
        """The kernel's numbers for a step; a subclass gives more. TF.js has them in `applyGradients`.

        `step`: the number of the step, counted from 1.

        >>> import glbackend as gl
        >>> gl.train.sgd(0.1).attrs(1)
        {'learning_rate': 0.1}
        """
        return {"learning_rate": self.rate_at(step)}

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] = (), var_names: Iterable[str] = ()
    ) -> None:
        """Keeps variables from `weight_decay`. As Keras's `Optimizer.exclude_from_weight_decay`.

        `var_list`: the variables.
        `var_names`: patterns; a variable in whose name one is found stays as it is.

        >>> import glbackend as gl
        >>> bias, sgd = gl.variable(2., name="dense/bias"), gl.optimizers.SGD(0.5, weight_decay=1.)
        >>> sgd.exclude_from_weight_decay(var_names=["bias"])
        >>> sgd.apply_gradients([(gl.scalar(0.), bias)]); bias.item()
        2.0
        """
        self._undecayed += [*var_names, *var_list]

    def decays(self, variable: Variable) -> bool:
        """Whether `variable` loses its share of `weight_decay`."""
        return self.weight_decay is not None and not any(
            one is variable if isinstance(one, Variable) else re.search(one, variable.name)
            for one in self._undecayed
        )

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """With `use_ema`: variables become their moving means. As Keras's method of that name.

        `var_list`: the variables; those that no step has reached stay.

        >>> import glbackend as gl
        >>> w, sgd = gl.variable(4.), gl.optimizers.SGD(0.25, use_ema=True, ema_momentum=0.5)
        >>> for _ in range(2):
        ...     sgd.minimize(lambda: w * w)
        >>> sgd.finalize_variable_values([w]); w.item()
        1.5
        """
        if self.use_ema:
            for variable in var_list:
                if self.knows(variable):
                    variable.assign(self._slots[variable][-1])

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer; options that it does without are left out.

        As `optimizer.getConfig`.

        >>> import glbackend as gl
        >>> gl.train.adagrad(0.1, clipnorm=1.).get_config()
        {'learning_rate': 0.1, 'initial_accumulator_value': 0.1, 'epsilon': 1e-07, 'clipnorm': 1.0}
        """
        common = parameters_of(Optimizer)
        config = {
            self.file_names.get(name, name): value
            for name, value in super().get_config().items()
            if name not in common or value != common[name].default
        }
        rate = config["learning_rate"] if self.schedule is None else serialize(self.schedule)
        return {"learning_rate": rate, **{key: one for key, one in config.items() if key != "learning_rate"}}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """An optimizer of such arguments, in the spelling of TF.js or Keras; ArgumentError for others."""
        return super().from_config(spelled(cls, config))

    def _update(self, variable: Variable, gradient: Tensor, numbers: Numbers, scale: Tensor | None) -> None:
        slots = self.slots_of(variable)
        inputs = {"value": variable, "gradient": gradient, "scale": scale}
        inputs |= dict(zip((*STEPS[self.kernel].slots, *self._extras), slots, strict=True))
        self._assign((variable, *slots), self._run(self.kernel, inputs, numbers, self.decays(variable)))

    def _run(
        self,
        kernel: str,
        inputs: Mapping[str, Tensor | None],
        numbers: Numbers,
        decays: bool,
        clips: bool = True,
    ) -> tuple[Tensor, ...]:
        """What the kernel gives; `numbers` are those of the call."""
        given = tuple([name for name in EXTRAS if inputs.get(name) is not None])
        options = (clips and self.clipvalue is not None, decays)
        attrs = numbers.attrs(kernel, given, options)
        outputs: tuple[Tensor, ...] = engine().run_kernel(kernel, inputs, attrs)
        return outputs

    @staticmethod
    def _assign(variables: Iterable[Variable], values: Iterable[Tensor]) -> None:
        for old, new in zip(variables, values, strict=True):
            old.assign(new)
            new.dispose()


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer, functions=False)
