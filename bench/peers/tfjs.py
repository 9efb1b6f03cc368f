"""TensorFlow.js as a peer: headless Chromium runs page.js over the system's Mesa driver, one case at a time.

A small local server hands out the page, TensorFlow.js itself (from npm), the inputs and the jobs, and
receives times and values. The browser draws through ANGLE on EGL, so the same driver runs its shaders and
ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import numpy.typing as npt

from bench import inputs, machine, models
from tests.zoo import ZOO

HERE = Path(__file__).parent
NODE_MODULES = HERE / "node_modules"
SCRIPT = "@tensorflow/tfjs/dist/tf.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--use-gl=angle",
    "--use-angle=gl-egl",
    "--ignore-gpu-blocklist",
    "--disable-gpu-watchdog",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-breakpad",
    "--no-first-run",
    "--remote-debugging-port=0",  # without it an old headless browser ends at once
]
TYPES = {".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript"}
TYPES |= {".json": "application/json", ".bin": "application/octet-stream"}


class PeerUnavailable(Exception):
    """What TensorFlow.js needs is not installed; the message says what, and how to get it."""


class PeerFailed(Exception):
    """The browser started but did not answer."""


def find_browser() -> str:
    """Gives the path of the browser: the environment variable CHROMIUM, else the first one on PATH."""
    for name in (os.environ.get("CHROMIUM"), *BROWSERS):
        if name and (path := shutil.which(name)):
            return path
    raise PeerUnavailable(
        "bench tfjs needs Chromium, and none was found; Debian: apt-get install chromium "
        "(or set CHROMIUM to the browser's path)"
    )


def install_packages() -> None:
    """Installs TensorFlow.js into node_modules by `npm ci` from the lock file, unless it is there."""
    if (NODE_MODULES / SCRIPT).exists():
        return
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise PeerUnavailable(
            "bench tfjs needs Node.js with npm to install TensorFlow.js; Debian: apt-get install npm"
        )
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PeerUnavailable(f"npm ci in {HERE} failed:\n{done.stderr[-1000:]}")


def _array_for(path: str, spec: dict[str, Any]) -> npt.NDArray[Any]:
    if path == "/weight":
        return inputs.weight(spec["number"], spec["shape"], spec["name"])
    if "labels" in spec:
        return inputs.labels(spec["labels"])
    return inputs.case_input(spec)


@dataclass
class _Desk:
    """Where the server's threads and the caller meet: jobs go out, answers come in."""

    jobs: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    answers: queue.Queue[tuple[str, Any]] = field(default_factory=queue.Queue)


def _handler(desk: _Desk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path in ("/input", "/weight"):
                spec = json.loads(parse_qs(url.query)["spec"][0])
                self._send(_array_for(url.path, spec).tobytes(), "application/octet-stream")
            elif url.path == "/job":
                try:
                    job = desk.jobs.get(timeout=20)
                except queue.Empty:
                    job = {}
                self._send(json.dumps(job).encode(), "application/json")
            elif url.path.startswith("/zoo/"):
                self._send_file(unquote(url.path).removeprefix("/zoo/"), ZOO)
            else:
                self._send_file(unquote(url.path).lstrip("/"), HERE)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            values = self.path == "/values"
            answer = np.frombuffer(body, np.float32) if values else json.loads(body)
            desk.answers.put((self.path, answer))
            self._send(b"", "text/plain")

        def _send_file(self, name: str, root: Path) -> None:
            path = (root / name).resolve()
            if not path.is_relative_to(root.resolve()) or path.suffix not in TYPES or not path.is_file():
                self.send_error(404)
                return
            self._send(path.read_bytes(), TYPES[path.suffix])

        def _send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            # Cross-origin isolation is what makes performance.now() fine enough to time with.
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keeps the server silent: the bench prints results only."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Lets connections end that a closing browser cuts; any other error is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class TfJs:
    """TensorFlow.js in a browser that stays open between cases; a case marked `fresh` gets a new one.

    `about` says what ran (tfjs, renderer, gl, browser). Used as a context manager; raises PeerUnavailable on
    entry.
    """

    def __init__(self) -> None:
        self.about: dict[str, Any] = {}
        self._desk = _Desk()
        self._server: _Server | None = None
        self._browser: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._used = False

    def __enter__(self) -> TfJs:
        self._command = [find_browser(), *FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        install_packages()
        self._server = _Server(("127.0.0.1", 0), _handler(self._desk))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            self._open()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def run(self, case: dict[str, Any], timeout_s: float = 180.0) -> dict[str, Any]:
        """Gives the figures of one case, with `values` (flat float32) unless there is an `error`."""
        if self._browser is None or (case.get("fresh") and self._used):
            self._open()
        self._used = True
        busy = machine.Busy()
        self._desk.jobs.put(_job(case))
        out: dict[str, Any] = {}
        try:
            while True:
                path, answer = self._answer(timeout_s)
                if path == "/result":
                    return {**out, **answer, "others_cpu": busy.others()}
                out["values"] = answer
        except PeerFailed as failure:
            self._close()
            return {"error": str(failure)}

    def cold_start(self, keep_caches: bool = False) -> float:
        """Gives ms from the start of the page's load in a new browser to the result of a 64x64 matmul."""
        self._open(keep_caches)
        self._used = True
        self._desk.jobs.put({"cold": True})
        return float(self._answer(60)[1]["first_matmul_ms"])

    def _answer(self, timeout_s: float) -> tuple[str, Any]:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            try:
                return self._desk.answers.get(timeout=1)
            except queue.Empty:
                if self._browser is None or self._browser.poll() is not None:
                    raise PeerFailed("the browser ended") from None
        raise PeerFailed(f"no answer from the browser in {timeout_s:g} s")

    def _open(self, keep_caches: bool = False) -> None:
        folder = self._folder if keep_caches else None
        self._close(keep_folder=folder is not None)
        self._folder = folder or Path(tempfile.mkdtemp(prefix="bench-tfjs-"))
        self._desk.jobs, self._desk.answers = queue.Queue(), queue.Queue()
        assert self._server is not None
        page = f"http://127.0.0.1:{self._server.server_address[1]}/page.html"
        with (self._folder / "stderr.txt").open("wb") as said:
            self._browser = subprocess.Popen(
                [*self._command, f"--user-data-dir={self._folder / 'profile'}", page],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
                env={**os.environ, "MESA_SHADER_CACHE_DIR": str(self._folder / "shaders")},
            )
        self._used = False
        try:
            path, about = self._answer(60)
        except PeerFailed as failure:
            log = (self._folder / "stderr.txt").read_text(errors="replace")[-500:]
            raise PeerFailed(f"{failure}; it said: {log}") from None
        if path != "/ready" or "error" in about:
            raise PeerFailed(f"TensorFlow.js has no webgl here: {about}")
        self.about = {**about, "browser": Path(self._command[0]).name}

    def _close(self, keep_folder: bool = False) -> None:
        if self._browser is not None:
            for sign in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._browser.pid, sign)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._browser.wait(5)
            self._browser = None
        if self._folder is not None and not keep_folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _job(case: dict[str, Any]) -> dict[str, Any]:
    if case["op"] != "model":
        return case
    if case["model"] == "transformer4":
        sizes = {**models.TRANSFORMER, "eps": models.NORM_EPS}
        return {**case, "transformer": sizes, "weight_shapes": models.transformer_weight_shapes()}
    return {**case, "layers": models.LAYERS[case["model"]]()}
