"""Optimizer steps: one pass each, which writes the variable and its slots into several attachments."""

from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.naming import snake_case
from glbackend.base.shapes import Spec
from glbackend.contracts.optimizer import EXTRAS, OPTIONS, STEPS, Step
from glbackend.engine.registry import kernel


def _declare(name: str, made: Step) -> None:
    @kernel(name, "webgl")
    def step(webgl: WebGL, *, out: tuple[Spec, ...], **named: Any) -> Any:
        extras = [key for key in EXTRAS if key in named]
        inputs = {key: named[key] for key in ("value", "gradient", *extras)}
        inputs |= {f"slot{i}": named[key] for i, key in enumerate(made.slots)}
        uniforms = {key: one for key, one in named.items() if key not in {*inputs, *made.slots}}
        given = [*extras, *(key for key in OPTIONS[""] if key in named)]
        defines: dict[str, object] = {snake_case(name).upper(): 1, "SLOTS": len(made.slots)}
        defines |= {key.upper(): 1 for key in given}
        if made.gives_direction:
            defines["GIVES_DIRECTION"] = 1
        return webgl.draw("optimizer", out, inputs, uniforms=uniforms, defines=defines)


for _name, _step in STEPS.items():
    _declare(_name, _step)
