"""Fixtures: one inspected webgl backend for the session, and what every test must leave behind: nothing."""

import gc
import os
from collections.abc import Iterator

os.environ["GLBACKEND_HOST_FORWARD"] = "0"  # measure the backend, not the host; before glbackend is imported
os.environ["GLBACKEND_DEBUG"] = "1"
os.environ["GLBACKEND_BUFFERS"] = "1"  # the same choice on every machine

import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.context import Context
from glbackend.engine import scope
from glbackend.engine.backend import made_backend, make_backend
from glbackend.testing.check import Inspecting, using

PROGRAM_LIMIT = 2800  # of a process; each costs 50 to 80 ms where the driver has no cache of it


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-wheel", action="store_true", help="also build and install the wheel")


@pytest.fixture(scope="session")
def webgl() -> Iterator[Inspecting]:
    """The webgl backend, with recycled textures full of NaN and padding lanes checked after every kernel.

    Too many programs are a failure: structure is a define, numbers are uniforms.
    """
    backend = make_backend("webgl")
    assert isinstance(backend, WebGL)
    backend.pool.poison = True
    yield Inspecting(backend)
    assert len(backend.programs) <= PROGRAM_LIMIT, f"{len(backend.programs)} programs were compiled"


@pytest.fixture(params=["cpu", "webgl"])
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs the test on both backends, one after the other."""
    chosen = request.getfixturevalue("webgl") if request.param == "webgl" else make_backend("cpu")
    with using(chosen):
        yield request.param


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test may leave a live tensor or a GL error behind."""
    before = len(scope.live_tensors)
    yield
    made = _webgl_made()
    if made is not None:
        with made.context:
            assert made.context.error() is None, "the test left a GL error behind"
    if len(scope.live_tensors) > before:
        gc.collect()
    assert len(scope.live_tensors) <= before, f"{len(scope.live_tensors) - before} tensors leaked"


@pytest.fixture(autouse=True, scope="session")
def on_cpu_unless_asked() -> None:
    """Tests that name no backend run on cpu."""
    gl.set_backend("cpu")


def _webgl_made() -> WebGL | None:
    made = made_backend("webgl")
    return made if isinstance(made, WebGL) else None


def pytest_collection_finish() -> None:
    """What stands before the first test is never looked through again: collecting garbage is quick then."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many programs were compiled."""
    made = _webgl_made()
    if made is not None:
        line = f"programs compiled: {len(made.programs)} (limit {PROGRAM_LIMIT}), draws: {made.draw_count}"
        terminalreporter.write_line(line)


@pytest.fixture
def own() -> Iterator[WebGL]:
    """A backend whose pool holds nothing yet."""
    made = WebGL(Context())
    made.pool.poison = True
    with using(made):
        yield made
    gc.collect()
