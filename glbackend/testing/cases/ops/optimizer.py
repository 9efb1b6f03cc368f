"""Cases of the optimizer steps."""

from glbackend.contracts.optimizer import STEPS
from glbackend.engine.engine import engine
from glbackend.engine.tensor import Tensor
from glbackend.testing.case import Case, case
from glbackend.testing.sample import normal, uniform

VALUES = {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": 1.0, "epsilon": 1e-4, "rho": 0.9,
          "decay": 0.9,
          "beta1": 0.9, "beta2": 0.99, "correction1": 0.19, "correction2": 0.02}  # fmt: skip


def _case(kernel: str, slots: tuple[str, ...], attrs: tuple[str, ...]) -> Case:
    def call(*tensors: Tensor) -> object:
        inputs = dict(zip(("value", "gradient", *slots), tensors, strict=True))
        return engine().run_kernel(kernel, inputs, {name: VALUES[name] for name in attrs})

    states = [uniform(0.5, 2.0, 3, 5, seed=i) for i in range(len(slots))]
    if kernel == "ApplyCenteredRMSProp":
        states[2] = uniform(0.0, 0.3, 3, 5)  # a mean whose square stays below the mean square
    return case(kernel, "step", call, normal(3, 5), normal(3, 5, seed=1), *states)


CASES = [_case(kernel, *step) for kernel, step in STEPS.items()]
