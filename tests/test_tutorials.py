"""Every tutorial runs as its reader would run it, learns something, and draws its picture."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_examples import line, numbers

ROOT = Path(__file__).resolve().parents[1]
TUTORIALS = ROOT / "examples" / "tutorials"
ON_WEBGL = [("polynomial", "webgl")]  # a few kernels: what the others are made of is tested on it elsewhere


def polynomial(text: str) -> None:
    before, after, least = numbers(text.splitlines()[0])
    assert least <= after < 1.05 * least < before / 10


def iris(text: str) -> None:
    accuracy = numbers(text.splitlines()[1])[1]
    assert accuracy > 85  # per cent


def digits(text: str) -> None:
    accuracy, wrong, count = line(text, "read rightly:")
    assert accuracy > 85
    assert accuracy == pytest.approx(100 * (1 - wrong / count), abs=0.06)


def sentiment(text: str) -> None:
    before, after = numbers(text.splitlines()[0])[1:]
    assert after < before / 4
    assert numbers(text.splitlines()[1])[1] > 75


def autoencoder(text: str) -> None:
    noise, restored = line(text, "mean square error:")
    assert restored < 0.9 * noise


def vae(text: str) -> None:
    before, after = line(text, "loss")
    assert after < 0.9 * before
    error, plain = line(text, "mean square error of unseen digits:")
    assert error < plain


def gan(text: str) -> None:
    first, *_, last = (numbers(one)[1] for one in text.splitlines() if one.startswith("step"))
    assert last < 0.8 * first


def transfer(text: str) -> None:
    last = numbers(text.splitlines()[-1])
    assert min(last[1:]) > 50 > 100 / 3  # better than chance among three answers
    assert "a new last layer: 387" in text


def timeseries(text: str) -> None:
    forecast, last, mean = line(text, " 10 steps ahead:")
    assert forecast < min(last, mean) / 3


def cartpole(text: str) -> None:
    first, *_, last = (numbers(one)[1] for one in text.splitlines() if one.startswith("round"))
    assert last > 1.5 * first


CHECKS = {
    check.__name__: check
    for check in (
        polynomial, iris, digits, sentiment, autoencoder, vae, gan, transfer, timeseries, cartpole,
    )
}  # fmt: skip
EPOCHS = {
    "iris": 15, "digits": 3, "sentiment": 4, "autoencoder": 6, "vae": 6, "gan": 300, "transfer": 4,
    "timeseries": 3, "cartpole": 14,
}  # fmt: skip


def test_each_tutorial_is_checked_and_has_a_page_and_a_picture() -> None:
    names = {path.stem for path in TUTORIALS.glob("*.py")}
    assert names == set(CHECKS)
    assert names == {path.stem for path in (ROOT / "docs" / "tutorials").glob("*.md")}
    for name in names:
        page = (ROOT / "docs" / "tutorials" / f"{name}.md").read_text(encoding="utf-8")
        assert f"](../images/tutorials/{name}.png)" in page
        assert f"examples/tutorials/{name}.py" in page


def test_tutorials_are_short() -> None:
    long = [path.name for path in TUTORIALS.glob("*.py") if len(path.read_text("utf-8").splitlines()) > 120]
    assert not long


@pytest.mark.parametrize(("name", "backend"), [*((name, "cpu") for name in sorted(CHECKS)), *ON_WEBGL])
def test_tutorial(name: str, backend: str, tmp_path: Path) -> None:
    one_thread = {"OPENBLAS_NUM_THREADS": "1"}  # products are small here: threads would wait for each other
    environment = {**os.environ, "GLBACKEND_BACKEND": backend, **one_thread}
    picture = tmp_path / "picture.png"
    command = [sys.executable, "-W", "error", str(TUTORIALS / f"{name}.py"), str(picture)]
    if name in EPOCHS:
        command.append(str(EPOCHS[name]))
    result = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=240
    )
    assert result.returncode == 0, result.stderr
    CHECKS[name](result.stdout)
    assert 10_000 < picture.stat().st_size < 150_000
