"""Optimizer steps: one pass each, which writes the variable and its slots into several attachments."""

from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.naming import snake_case
from glbackend.base.shapes import Spec
from glbackend.contracts.optimizer import STEPS
from glbackend.engine.registry import kernel


def _declare(name: str, slots: tuple[str, ...], attrs: tuple[str, ...]) -> None:
    @kernel(name, "webgl")
    def step(webgl: WebGL, *, out: tuple[Spec, ...], **named: Any) -> Any:
        inputs = {key: named[key] for key in ("value", "gradient", *slots)}
        return webgl.draw("optimizer", out, inputs, uniforms={key: named[key] for key in attrs},
                       defines={snake_case(name).upper(): 1})  # fmt: skip


for _name, (_slots, _attrs) in STEPS.items():
    _declare(_name, _slots, _attrs)
