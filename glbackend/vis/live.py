"""`LivePage`: a page in the browser that grows while `fit` runs, served on this machine alone."""

import json
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.html import page
from glbackend.formats.replacing import replace_file
from glbackend.training.callback import Callback, Logs

MOST_POINTS = 2000  # of a curve over batches: then every second one is dropped
HOST = "127.0.0.1"


class LivePage(Callback):
    """Shows the curves of a training in the browser while they grow. As `tfvis.show.fitCallbacks`.

    `metrics`: the names of those that are drawn, all by default; with "loss" also "val_loss".
    `path`: an HTML file with all of it, written anew after each epoch, that needs no network.
    `update_freq`: "epoch"; or "batch" or a number: after each so many batches their values are drawn too,
    which reads them back.
    `port`: of the page on 127.0.0.1 that grows by itself while fit runs; 0 takes a free one, None has none.
    `verbose`: whether the address of the page is printed.

    The page is answered to this machine only, and ends with fit; the file stays. Of several processes that
    train together one shows.

    >>> import glbackend as gl
    >>> live = LivePage(path=folder + "/training.html", verbose=0)
    >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
    >>> model.compile("sgd", "meanSquaredError")
    >>> history = model.fit(gl.ones([4, 1]), gl.ones([4, 1]), epochs=2, callbacks=[live], verbose=0)
    >>> live.path.name, len(live.curves["loss"])
    ('training.html', 2)
    """

    only_shows = True

    def __init__(
        self, path: str | Path = "training.html", *, metrics: Sequence[str] | None = None,
        update_freq: str | int = "epoch", port: int | None = 0, verbose: int = 1,
    ) -> None:  # fmt: skip
        if isinstance(update_freq, str) and update_freq not in ("epoch", "batch"):
            raise ArgumentError(
                f"LivePage: update_freq must be 'epoch', 'batch' or a number, got {update_freq!r}"
            )
        self.path, self.port, self.verbose = Path(path), port, verbose
        self.metrics = None if metrics is None else list(metrics)
        # differs from TF.js: batches are drawn only where they are asked for, as that waits for each of them
        self._every = 0 if update_freq == "epoch" else 1 if update_freq == "batch" else int(update_freq)
        self.curves: dict[str, list[tuple[float, float]]] = {}  # by name: epochs from 1, and values
        self.url = ""  # of the page, while fit runs
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._told = "begins"
        self._steps = self._epoch = 0
        self._steps_of_epoch = 1

    @property
    def reads_batches(self) -> bool:
        return self._every > 0

    def on_train_begin(self, logs: Logs) -> None:
        with self._lock:
            self.curves, self._told, self._steps, self._epoch = {}, "begins", 0, 0
        self._began = time.monotonic()
        if self.port is not None and self._server is None:
            self._server = _Server((HOST, self.port), _Answer, self)
            self.url = f"http://{HOST}:{self._server.server_address[1]}/"
            threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
            if self.verbose:
                print(f"training is shown at {self.url}", flush=True)

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self._epoch, self._steps_of_epoch = epoch, self.params.get("steps") or max(self._steps, 1)
        self._steps = 0

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        self._steps += 1
        if self._every and self._steps % self._every == 0:
            at = self._epoch + min(self._steps / self._steps_of_epoch, 1.0)
            values = {f"batch {name}": one for name, one in logs.items() if name not in ("batch", "size")}
            self._add(at, values, f"epoch {self._epoch + 1}, batch {self._steps}")

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        of = self.params.get("epochs") or "?"
        self._add(epoch + 1, logs, f"epoch {epoch + 1} of {of}, {time.monotonic() - self._began:.0f} s")
        self._write()

    def on_train_end(self, logs: Logs) -> None:
        with self._lock:
            self._told = f"over after {self._told}"
        self._write()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server, self.url = None, ""

    def _add(self, at: float, values: Logs, told: str) -> None:
        with self._lock:
            self._told = told
            for name, value in values.items():
                plain = name.removeprefix("batch ").removeprefix("val_")
                if (self.metrics is None or plain in self.metrics) and np.ndim(value) == 0:
                    points = self.curves.setdefault(name, [])
                    points.append((at, float(value)))
                    if len(points) > MOST_POINTS:
                        del points[::2]

    def known(self) -> dict[str, Any]:
        """What the page draws: a panel a metric, with its curves; numbers that are not finite are None."""
        with self._lock:
            panels: dict[str, dict[str, Any]] = {}
            for name, points in self.curves.items():
                plain = name.removeprefix("batch ").removeprefix("val_")
                panels.setdefault(plain, {})[name] = [
                    [at, one if np.isfinite(one) else None] for at, one in points
                ]
            return {"told": self._told, "panels": panels, "over": self._told.startswith("over")}

    def text(self, live: bool) -> str:
        """The page; a `live` one asks for more."""
        script = Path(__file__).with_name("live.js").read_text(encoding="utf-8")
        body = '<h1>Training</h1><p id="told"></p><div id="panels" class="beside"></div>'
        return page("Training", body, script, {**self.known(), "live": live})

    def _write(self) -> None:
        text = self.text(live=False)
        replace_file(self.path, lambda made: made.write_text(text, encoding="utf-8"))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], live: LivePage
    ) -> None:
        self.live = live
        super().__init__(address, handler)


class _Answer(BaseHTTPRequestHandler):
    """The page at "/", its data at "/data"; to nobody who came by another name than this machine's."""

    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        """Answers a request."""
        if (self.headers.get("Host") or "").rpartition(":")[0] not in (HOST, "localhost"):
            self.send_error(403)
        elif self.path == "/":
            self._answer("text/html; charset=utf-8", self.server.live.text(live=True))
        elif self.path == "/data":
            self._answer("application/json", json.dumps(self.server.live.known(), allow_nan=False))
        else:
            self.send_error(404)

    def _answer(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: a training's output is its own."""
