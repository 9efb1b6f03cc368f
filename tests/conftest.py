"""Fixtures: one inspected webgl backend for the session, and what every test must leave behind: nothing."""

import gc
import os
import sys
import zlib
from collections.abc import Iterator
from typing import Any

os.environ["GLBACKEND_HOST_FORWARD"] = "0"  # measure the backend, not the host; before glbackend is imported
os.environ["GLBACKEND_DEBUG"] = "1"
os.environ["GLBACKEND_BUFFERS"] = "1"  # the same choice on every machine

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.context import Context
from glbackend.engine import scope
from glbackend.engine.backend import made_backend, make_backend
from glbackend.testing.check import Inspecting, using

PROGRAM_LIMIT = 3600  # different ones of a whole run; each costs 50 to 80 ms where the driver has none kept
TEXTURES_KEPT = 128 << 20  # bytes, free, from file to file
PROGRAMS_KEPT = 400  # from test to test; Mesa holds 1 to 1.5 MB for each

compiled: set[int] = set()  # what tells programs from one another, in all processes of a run
in_use: set[int] = set()  # of those that could not be when others were
looked_through = 0  # how many objects stood when all were looked through


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-wheel", action="store_true", help="also build and install the wheel")


@pytest.fixture(scope="session")
def webgl() -> Iterator[Inspecting]:
    """The webgl backend, with recycled textures full of NaN and padding lanes checked after every kernel."""
    backend = make_backend("webgl")
    assert isinstance(backend, WebGL)
    backend.pool.poison = True
    yield Inspecting(backend)


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
    for generation in (1, 2):  # what a test has made is young, as a rule
        if len(scope.live_tensors) > before:
            gc.collect(generation)
    assert len(scope.live_tensors) <= before, f"{len(scope.live_tensors) - before} tensors leaked"


@pytest.fixture(scope="module")
def drawn_so_far(request: pytest.FixtureRequest) -> dict[str, Any] | None:
    """How far the module's RNG had come before its first test."""
    rng = getattr(request.module, "RNG", None)
    return None if rng is None else rng.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers_in_any_order(request: pytest.FixtureRequest, drawn_so_far: dict[str, Any] | None) -> None:
    """Each test draws the same random numbers, whichever tests ran before it in this process."""
    np.random.seed(0)
    if drawn_so_far is not None:
        request.module.RNG.bit_generator.state = drawn_so_far


@pytest.fixture(autouse=True, scope="session")
def on_cpu_unless_asked() -> None:
    """Tests that name no backend run on cpu."""
    gl.set_backend("cpu")


def _webgl_made() -> WebGL | None:
    made = made_backend("webgl")
    return made if isinstance(made, WebGL) else None


def pytest_collection_finish() -> None:
    tidy_up()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    if nextitem is None or nextitem.path != item.path or _many_programs():
        tidy_up()


def _many_programs() -> bool:
    made = _webgl_made()
    return made is not None and len(made.programs) - len(in_use) > PROGRAMS_KEPT


def tidy_up() -> None:
    """What stands now is not looked through again after each test: collecting garbage is quick then.

    All is, where it has become half as much again, and before programs go.
    """
    global looked_through
    made, many = _webgl_made(), _many_programs()
    every = many or gc.get_freeze_count() > 1.5 * looked_through
    if every:
        gc.unfreeze()
    gc.collect()
    if made is not None:
        with made.context:
            made.pool.collect_counts()
            made.pool.empty(keep=TEXTURES_KEPT)
            if many:
                give_programs_back(made)
    gc.freeze()
    if every:
        looked_through = gc.get_freeze_count()


def give_programs_back(made: WebGL) -> None:
    """All programs that only the tables of the backend hold: no captured graph does. Needs the context."""
    made._found.clear()
    in_use.clear()
    programs = made.programs._programs
    for key in list(programs):
        program = programs.pop(key)
        if sys.getrefcount(program) > 2:  # ours, and the call's own
            programs[key] = program
            in_use.add(hash(key))
        else:
            compiled.add(_digest(key))
            program.vertices.release()
            program.gl.release()


def _digest(key: Any) -> int:
    return zlib.crc32(repr(key).encode())


@pytest.hookimpl(optionalhook=True)  # xdist's
def pytest_testnodedown(node: Any) -> None:
    """A process that ran some of the tests says what it compiled."""
    compiled.update(getattr(node, "workeroutput", {}).get("programs", ()))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Too many programs are a failure: structure is a define, numbers are uniforms."""
    made = _webgl_made()
    if made is not None:
        compiled.update(map(_digest, made.programs._programs))
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["programs"] = list(compiled)
    elif len(compiled) > PROGRAM_LIMIT:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many programs were compiled."""
    if compiled:
        red = len(compiled) > PROGRAM_LIMIT
        line = f"programs compiled: {len(compiled)} (limit {PROGRAM_LIMIT})"
        terminalreporter.write_line(line, red=red)


@pytest.fixture
def own() -> Iterator[WebGL]:
    """A backend whose pool holds nothing yet."""
    made = WebGL(Context())
    made.pool.poison = True
    with using(made):
        yield made
    gc.collect()
