"""Every example runs as its reader would run it, in a process of its own, and says what it should."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
ONLY_WEBGL = {"live_style", "shared_texture"}
WINDOWED = {"live_style"}
ARGUMENTS = {
    "digits": ["4"],
    "upscaling": ["40"],
    "segmentation": ["40", "page"],
    "live_style": ["3", "frame.png"],
}
UNDER_X = ["xvfb-run", "-a", "-s", "+extension GLX"]


def numbers(text: str) -> list[float]:
    """The numbers of a text, in order."""
    return [float(one) for one in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)]


def line(text: str, start: str) -> list[float]:
    """The numbers after `start` on the line that begins with it."""
    (found,) = [one for one in text.splitlines() if one.startswith(start)]
    return numbers(found[len(start) :])


def linear_regression(text: str) -> None:
    before, after = line(text, "loss")
    assert after < 0.1 < before
    assert numbers(text)[-1] == pytest.approx(9, abs=0.6)


def digits(text: str) -> None:
    _, accuracy = line(text, "on digits it has not seen:")
    assert accuracy > 85  # per cent, after a few epochs
    assert "is read as" in text


def upscaling(text: str) -> None:
    bilinear, learnt, _ = line(text, "mean square error:")
    assert learnt < bilinear / 3


def segmentation(text: str) -> None:
    (before,), (after,) = line(text, "step 0:"), line(text, "step 39:")
    assert after < 0.6 < 2 < before
    assert "saved with its labels and a page:" in text


def custom_gradient(text: str) -> None:
    assert "nan" in text.splitlines()[0]
    assert line(text, "custom:") == pytest.approx([0.1192, 0.5, 0.8808, 1.0], abs=1e-3)
    assert line(text, "second:") == pytest.approx([0.105, 0.25, 0.105, 0.0], abs=1e-3)


def custom_op(text: str) -> None:
    assert line(text, "bump:") == pytest.approx([0.2, 0.5, 1, 0.5, 0.2])
    assert line(text, "slope:") == pytest.approx([0.16, 0.5, 0, -0.5, -0.16])
    assert "checked" in text


def shared_texture(text: str) -> None:
    assert 2 < numbers(text.splitlines()[-1])[0] < 6


def captured(text: str) -> None:
    eager, by_graph = line(text, "last losses:")
    assert eager == by_graph < 0.2
    assert line(text, "nodes as run:")[0] < line(text, "kernels as traced:")[0] / 2
    assert "Chain [BatchMatMul] Add Tanh -> float32[256, 32] (captured.py:" in text


def live_style(text: str) -> None:
    assert numbers(text.splitlines()[-1])[-1] < 0.01


CHECKS = {
    check.__name__: check
    for check in (
        captured, linear_regression, digits, upscaling, segmentation, custom_gradient, custom_op, live_style, shared_texture,
    )
}  # fmt: skip


def test_each_example_is_checked() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(CHECKS)


def test_examples_are_short() -> None:
    long = [
        path.name for path in EXAMPLES.glob("*.py") if len(path.read_text(encoding="utf-8").splitlines()) > 80
    ]
    assert not long


@pytest.mark.parametrize("backend", ["cpu", "webgl"])
@pytest.mark.parametrize("name", sorted(CHECKS))
def test_example(name: str, backend: str, tmp_path: Path) -> None:
    if name in ONLY_WEBGL and backend == "cpu":
        pytest.skip("textures are webgl's")
    environment = {**os.environ, "GLBACKEND_BACKEND": backend}
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *ARGUMENTS.get(name, [])]
    if name in WINDOWED:
        if not (find_spec("moderngl_window") and shutil.which("xvfb-run")):
            pytest.skip(
                "needs moderngl-window (the extra example) and xvfb-run (Debian: apt install xvfb xauth)"
            )
        command[3:3] = ["-W", "ignore::PendingDeprecationWarning"]  # moderngl-window's own, of PyGLM
        command = UNDER_X + command
    result = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    CHECKS[name](result.stdout)
    if name in WINDOWED:
        drawn_in_ink(tmp_path / "frame.png")


def drawn_in_ink(path: Path) -> None:
    """The left half is the scene, without a black line; the right one is faded and has lines of ink."""
    image = pytest.importorskip("PIL.Image", reason="Pillow comes with moderngl-window")
    with image.open(path) as opened:
        left, right = np.split(np.asarray(opened, np.float32), 2, axis=1)
    assert left.shape == (512, 256, 3) and left.std() > 20
    middle = right[20:-20, 20:-20].max(-1)
    assert left.max(-1).min() > 90 and 0.002 < (middle < 60).mean() < 0.2
    assert np.median(right) > np.median(left) + 20
