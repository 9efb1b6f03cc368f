"""Cases of the optimizer steps."""

from glbackend.contracts.optimizer import EXTRAS, OPTIONS, STEPS, Step
from glbackend.engine.engine import engine
from glbackend.engine.tensor import Tensor
from glbackend.testing.case import Case, case
from glbackend.testing.sample import normal, uniform

VALUES = {"learning_rate": 0.1, "inner_rate": 0.5, "outer_rate": 0.2, "momentum": 0.9, "use_nesterov": 1.0,
          "epsilon": 1e-4, "rho": 0.9, "decay": 0.9, "beta1": 0.9, "beta2": 0.99,
          "correction1": 0.19, "correction2": 0.02, "moment_share": 0.8, "gradient_share": 0.3,
          "learning_rate_power": -0.4, "l1": 0.3, "l2": 0.2, "l2_shrinkage": 0.1}  # fmt: skip
KEPT = {"share": 0.25, "applies": 0.0, "average_momentum": 0.9, "overwrites": 0.0}
EVERYTHING = {**KEPT, "applies": 1.0, "overwrites": 1.0, "clip_value": 0.3, "weight_loss": 0.05}


def _case(kernel: str, made: Step, name: str = "step", **options: float) -> Case:
    extras = [one for one in EXTRAS if any(attr in options for attr in OPTIONS[one])]
    extras += ["scale"] if "clip_value" in options else []

    def call(*tensors: Tensor) -> object:
        inputs = dict(zip(("value", "gradient", *made.slots, *extras), tensors, strict=True))
        attrs = {name: VALUES[name] for name in made.attrs}
        return engine().run_kernel(kernel, inputs, {**attrs, **options})

    states = [uniform(0.5, 2.0, 3, 5, seed=i) for i in range(len(made.slots))]
    if kernel == "ApplyCenteredRMSProp":
        states[2] = uniform(0.0, 0.3, 3, 5)  # a mean whose square stays below the mean square
    states += [uniform(0.5, 2.0) if one == "scale" else normal(3, 5, seed=len(one)) for one in extras]
    return case(kernel, name, call, normal(3, 5), normal(3, 5, seed=1), *states)


CASES = [
    *[_case(kernel, made) for kernel, made in STEPS.items()],
    _case("ApplyAdamWithAmsgrad", STEPS["ApplyAdamWithAmsgrad"], "held", **KEPT),
    _case("ApplyAdamWithAmsgrad", STEPS["ApplyAdamWithAmsgrad"], "everything", **EVERYTHING),
    _case("LambDirection", STEPS["LambDirection"], "everything", **EVERYTHING),
    _case("ApplyGradientDescent", STEPS["ApplyGradientDescent"], "decay", weight_loss=0.05),
]
