"""Contracts of the optimizer steps: a variable, its gradient and its slots in; the new
variable and slots out.

What any optimizer may do besides is part of the same pass, where its input or attr is given: see `EXTRAS`
and `OPTIONS`.
"""

from typing import Any, NamedTuple

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.late import derived
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


class Step(NamedTuple):
    """Slots and attrs of a kernel; `gives_direction` adds an output: what the variable would be moved by."""

    slots: tuple[str, ...]
    attrs: tuple[str, ...]
    gives_direction: bool = False


_ADAM = ("learning_rate", "beta1", "beta2", "correction1", "correction2", "epsilon")
_RMS_PROP = ("learning_rate", "decay", "momentum", "epsilon")
STEPS: dict[str, Step] = {  # named as TensorFlow's Apply* ops where it has one
    "ApplyGradientDescent": Step((), ("learning_rate",)),
    "ApplyMomentum": Step(("accumulation",), ("inner_rate", "outer_rate", "momentum", "use_nesterov")),
    "ApplyAdagrad": Step(("accumulated",), ("learning_rate", "epsilon")),
    "ApplyAdadelta": Step(("accumulated", "updates"), ("learning_rate", "rho", "epsilon")),
    "ApplyAdam": Step(("first_moment", "second_moment"), _ADAM),
    "ApplyAdamWithAmsgrad": Step(("first_moment", "second_moment", "largest_moment"), _ADAM),
    "ApplyNadam": Step(
        ("first_moment", "second_moment"),
        ("learning_rate", "beta1", "beta2", "moment_share", "gradient_share", "correction2", "epsilon"),
    ),
    "ApplyAdamax": Step(
        ("first_moment", "infinity_norm"), ("learning_rate", "beta1", "beta2", "correction1", "epsilon")
    ),
    "ApplyRMSProp": Step(("mean_square", "moment"), _RMS_PROP),
    "ApplyCenteredRMSProp": Step(("mean_square", "moment", "mean_gradient"), _RMS_PROP),
    "ApplyFtrl": Step(
        ("accumulated", "linear"), ("learning_rate", "learning_rate_power", "l1", "l2", "l2_shrinkage")
    ),
    "ApplyLion": Step(("moment",), ("learning_rate", "beta1", "beta2")),
    "LambDirection": Step(("first_moment", "second_moment"), _ADAM[1:], gives_direction=True),
}
# Optional inputs: `scale`, a number that gradients are multiplied by; and two that are outputs too:
# `pending`, the sum of gradients that are not applied yet, and `average`, the moving mean of the variable.
EXTRAS = ("scale", "pending", "average")
OPTIONS: dict[str, tuple[str, ...]] = {  # optional attrs, and those that come with an input
    "scale": (),
    "pending": ("share", "applies"),  # of the sum, what counts; whether this step applies it, 1 or 0
    "average": ("average_momentum", "overwrites"),  # whether the variable becomes its mean, 1 or 0
    "": ("clip_value", "weight_loss"),  # the bound of gradients; the share that weights lose beforehand
}
SHARES = (
    "average_momentum",
    "beta1",
    "beta2",
    "decay",
    "rho",
)  # what stays; `_rest` is exact, float32's isn't
LATE = tuple(name for names in OPTIONS.values() for name in names)


def _rest(share: float) -> float:
    return 1 - float(share)


def _declare(kernel: str, made: Step) -> None:
    @contract(kernel, late=(*made.attrs, *LATE))
    def step(**named: Any) -> Checked:
        value: Spec = named["value"]
        kept = [name for name in ("pending", "average") if name in named]
        for name in ("gradient", *made.slots, *kept):
            spec: Spec = named[name]
            if spec != value:
                raise ShapeError(
                    f"{kernel}: {name} is {spec.dtype}{list(spec.shape)}, "
                    f"the variable {value.dtype}{list(value.shape)}: they must be equal"
                )
        if "scale" in named and named["scale"] != Spec((), "float32"):
            raise ShapeError(f"{kernel}: scale must be a float32 number, got {named['scale']}")
        wanted = [*made.attrs, *(attr for name in ("scale", *kept) for attr in OPTIONS[name])]
        allowed = {*wanted, *OPTIONS[""], "value", "gradient", *made.slots, *EXTRAS}
        if wrong := (set(wanted) - set(named)) | (set(named) - allowed):
            raise ArgumentError(f"{kernel}: does not go with, or lacks: {', '.join(sorted(wrong))}")
        attrs = [*wanted, *(name for name in OPTIONS[""] if name in named)]
        outs = (value,) * (1 + len(made.slots) + len(kept) + made.gives_direction)
        rests = {f"{name}_rest": derived(_rest, named[name]) for name in attrs if name in SHARES}
        return Checked(outs, {**{name: derived(float, named[name]) for name in attrs}, **rests})


for _kernel, _step in STEPS.items():
    _declare(_kernel, _step)
