"""What Keras's optimizers and schedules give: `python -m tools.optimizer_goldens`, by a Python with Keras.

Writes tests/golden/optimizers.json, from which tests/test_keras_optimizers.py makes the same with ours. It
imports nothing of glbackend.
"""

import importlib
import json
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden" / "optimizers.json"
STEPS = 5
START = [[[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]], [0.75, -1.25]]  # two variables
TARGETS = [[[0.5, 1.0, 0.5], [-1.0, 0.0, 2.0]], [0.0, 1.0]]
POLYNOMIAL = {"class_name": "PolynomialDecay", "config": {"initial_learning_rate": 0.2, "decay_steps": 4}}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"learning_rate": 0.1}),
    ("SGD", {"learning_rate": POLYNOMIAL, "momentum": 0.8}),
    ("SGD", {"learning_rate": POLYNOMIAL, "momentum": 0.8, "nesterov": True}),
    ("Adam", {"learning_rate": 0.1, "epsilon": 0.01}),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6, "amsgrad": True}),
    ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.3}),
    ("Adamax", {"learning_rate": 0.1, "beta_2": 0.7}),
    ("Nadam", {"learning_rate": 0.1, "beta_1": 0.8}),
    ("Ftrl", {"learning_rate": 0.5}),
    ("Ftrl", {"learning_rate": 0.5, "learning_rate_power": -0.3, "initial_accumulator_value": 0.3,
              "l1_regularization_strength": 0.2, "l2_regularization_strength": 0.1,
              "l2_shrinkage_regularization_strength": 0.05, "beta": 0.2}),
    ("Lion", {"learning_rate": 0.1, "beta_1": 0.6, "beta_2": 0.7}),
    ("Lamb", {"learning_rate": 0.1, "weight_decay": 0.2}),
    ("Lamb", {"learning_rate": 0.1, "gradient_accumulation_steps": 2, "use_ema": True, "clipvalue": 1.0}),
    ("Adafactor", {"learning_rate": 0.5}),
    ("Adafactor", {"learning_rate": 0.1, "relative_step": False, "clip_threshold": 0.5,
                   "beta_2_decay": -0.5}),
    ("Adafactor", {"learning_rate": POLYNOMIAL, "weight_decay": 0.2, "clipvalue": 0.8, "use_ema": True}),
    ("RMSprop", {"learning_rate": 0.1, "rho": 0.8, "momentum": 0.5, "epsilon": 1e-3}),
    ("RMSprop", {"learning_rate": 0.1, "centered": True, "epsilon": 1e-3}),
    ("Adagrad", {"learning_rate": 0.5, "initial_accumulator_value": 0.2, "epsilon": 1e-2}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-3}),
    ("SGD", {"learning_rate": 0.1, "clipnorm": 1.5}),
    ("SGD", {"learning_rate": 0.1, "clipvalue": 1.0}),
    ("SGD", {"learning_rate": 0.1, "global_clipnorm": 2.0}),
    ("Adam", {"learning_rate": 0.1, "weight_decay": 0.2, "clipvalue": 0.5}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "use_ema": True, "ema_momentum": 0.6}),
    ("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2}),
    ("Adam", {"learning_rate": POLYNOMIAL, "gradient_accumulation_steps": 2}),
    ("Adam", {"learning_rate": 0.1, "gradient_accumulation_steps": 2, "clipnorm": 1.0, "weight_decay": 0.1}),
    ("RMSprop", {"learning_rate": 0.1, "gradient_accumulation_steps": 3, "global_clipnorm": 1.0,
                 "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 1}),
]  # fmt: skip
RATE = {"initial_learning_rate": 0.5}
SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("ExponentialDecay", {**RATE, "decay_steps": 3, "decay_rate": 0.7}),
    ("ExponentialDecay", {**RATE, "decay_steps": 3, "decay_rate": 0.7, "staircase": True}),
    ("InverseTimeDecay", {**RATE, "decay_steps": 3, "decay_rate": 0.7}),
    ("InverseTimeDecay", {**RATE, "decay_steps": 3, "decay_rate": 0.7, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [2, 5, 6], "values": [0.5, 0.25, 0.2, 0.1]}),
    ("PolynomialDecay", {**RATE, "decay_steps": 4, "power": 2.0}),
    ("PolynomialDecay", {**RATE, "decay_steps": 4, "cycle": True}),
    ("CosineDecay", {**RATE, "decay_steps": 6, "alpha": 0.1}),
    ("CosineDecay", {**RATE, "decay_steps": 6, "warmup_target": 0.8, "warmup_steps": 4}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 3, "m_mul": 0.8, "alpha": 0.05}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 3, "t_mul": 1.0, "m_mul": 0.5}),
]  # fmt: skip


def _trained(keras: Any, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Values of the variables after each step, and at the end what their moving means put in their place."""
    given = dict(arguments)
    if isinstance(given["learning_rate"], dict):
        given["learning_rate"] = keras.optimizers.schedules.deserialize(given["learning_rate"])
    optimizer = getattr(keras.optimizers, name)(**given)
    variables = [keras.Variable(one, dtype="float32") for one in START]
    history = []
    for _ in range(STEPS):
        gradients = [one.numpy() - target for one, target in zip(variables, TARGETS, strict=True)]
        optimizer.apply([keras.ops.convert_to_tensor(one, "float32") for one in gradients], variables)
        history.append([one.numpy().astype(float).round(7).tolist() for one in variables])
    optimizer.finalize_variable_values(variables)
    final = [one.numpy().astype(float).round(7).tolist() for one in variables]
    return {"class": name, "arguments": arguments, "history": history, "final": final}


def main() -> None:
    """Asks Keras, and writes the file."""
    keras = importlib.import_module("keras")
    schedules = keras.optimizers.schedules
    rates = [
        {"class": name, "config": config,
         "rates": [float(getattr(schedules, name)(**config)(step)) for step in range(14)]}
        for name, config in SCHEDULES
    ]  # fmt: skip
    found = {
        "origin": f"Keras {keras.__version__}, by tools/optimizer_goldens.py",
        "start": START,
        "targets": TARGETS,
        "optimizers": [_trained(keras, name, arguments) for name, arguments in CASES],
        "schedules": rates,
    }
    lines = json.dumps(found).replace('{"class"', '\n{"class"').replace('"schedules"', '\n"schedules"')
    GOLDEN.write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
