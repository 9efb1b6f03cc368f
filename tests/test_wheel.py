"""The wheel: built, installed in a fresh environment, and made to run a shader found inside it.

Slow (it makes a virtual environment), so it runs with `--run-wheel` only, as CI does.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROBE = """
import os
os.environ["GLBACKEND_HOST_FORWARD"] = "0"
import glbackend as gl
from glbackend.backends.webgl.gl.source import shader_root
from glbackend.cli.main import main
from glbackend.testing import check_op  # users call it: what it needs is in the wheel
assert "site-packages" in str(shader_root()), shader_root()
gl.set_backend("webgl")
assert "</script>" in gl.profile(lambda: gl.ones([2])).page("profile.html").read_text()
assert "</script>" in gl.debug.inspect(gl.ones([2]), path="inspect.html").read_text()
before = gl.engine().backend.draw_count
print((gl.tensor([1.0, 2.0]) + 1.0).numpy().tolist(), gl.engine().backend.draw_count - before)
"""


def test_wheel_runs_a_shader(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--run-wheel"):
        pytest.skip("slow: run with --run-wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("glbackend-*.whl")
    assert wheel.stat().st_size < 1_770_000, "source and shaders: no picture, no golden numbers"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", str(wheel)], check=True
    )
    result = subprocess.run(
        [str(python), "-c", PROBE], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[2.0, 3.0] 1"
