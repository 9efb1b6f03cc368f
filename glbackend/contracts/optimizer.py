"""Contracts of the optimizer steps: a variable, its gradient and its slots in; the new
variable and slots out."""

from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.base.late import derived
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract

# kernel -> (slots, attrs), named as in TensorFlow's Apply* ops
STEPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ApplyGradientDescent": ((), ("learning_rate",)),
    "ApplyMomentum": (("accumulation",), ("learning_rate", "momentum", "use_nesterov")),
    "ApplyAdagrad": (("accumulated",), ("learning_rate", "epsilon")),
    "ApplyAdadelta": (("accumulated", "updates"), ("learning_rate", "rho", "epsilon")),
    "ApplyAdam": (
        ("first_moment", "second_moment"),
        ("learning_rate", "beta1", "beta2", "correction1", "correction2", "epsilon"),
    ),
    "ApplyAdamax": (
        ("first_moment", "infinity_norm"),
        ("learning_rate", "beta1", "beta2", "correction1", "epsilon"),
    ),
    "ApplyRMSProp": (("mean_square", "moment"), ("learning_rate", "decay", "momentum", "epsilon")),
    "ApplyCenteredRMSProp": (
        ("mean_square", "moment", "mean_gradient"),
        ("learning_rate", "decay", "momentum", "epsilon"),
    ),
}


def _declare(kernel: str, slots: tuple[str, ...], attrs: tuple[str, ...]) -> None:
    @contract(kernel, late=attrs)
    def step(**named: Any) -> Checked:
        value: Spec = named["value"]
        for name in ("gradient", *slots):
            spec: Spec = named[name]
            if spec != value:
                raise ShapeError(
                    f"{kernel}: {name} is {spec.dtype}{list(spec.shape)}, "
                    f"the variable {value.dtype}{list(value.shape)}: they must be equal"
                )
        return Checked((value,) * (1 + len(slots)), {name: derived(float, named[name]) for name in attrs})


for _kernel, (_slots, _attrs) in STEPS.items():
    _declare(_kernel, _slots, _attrs)
