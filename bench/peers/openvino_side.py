"""The models that predict, on OpenVINO, one thread: the ONNX of onnxruntime's side. Imported where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openvino

from bench.inputs import case_input
from bench.peers.onnxruntime_side import write


def version() -> str:
    """OpenVINO's."""
    return str(openvino.__version__)


def prepare(case: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What is timed, and what gives its numbers; computed in float32, as elsewhere."""
    core = openvino.Core()
    options = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32", "NUM_STREAMS": 1}
    request = core.compile_model(core.read_model(write(case)), "CPU", options).create_infer_request()
    x = case_input(case["inputs"][0])
    run = lambda: next(iter(request.infer({"x": x}).values()))  # noqa: E731 - given twice
    return run, run
