"""`python -m bench fetch`: eight shards over a link with delay, side by side and one after another.

A server, a process of its own, waits before each answer; in the second row also before the first one on each
connection, as TCP's handshake does. Every load begins with an empty cache; times are the least of some runs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from glbackend.io import ModelArtifacts, http, load_artifacts, save_artifacts
from glbackend.io.cache import models_cache

SHARDS, SHARD_BYTES = 8, 1 << 18
AT_MOST = 0.3  # of the time of one after another, with a delay per answer


class Far(SimpleHTTPRequestHandler):
    """Files of a folder, each after `delay` seconds."""

    protocol_version = "HTTP/1.1"
    delay = connecting = 0.0

    def setup(self) -> None:
        time.sleep(self.connecting)
        super().setup()

    def do_GET(self) -> None:
        time.sleep(self.delay)
        super().do_GET()

    def log_message(self, *what: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Takes all connections at once."""

    request_queue_size = 64


def serve(folder: str, delay: str, connecting: str) -> None:
    """Serves until it is ended; prints the port."""
    delays = {"delay": float(delay), "connecting": float(connecting)}
    with Server(("127.0.0.1", 0), partial(type("Delayed", (Far,), delays), directory=folder)) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


@contextmanager
def serving(folder: str, delay: float, connecting: float) -> Iterator[str]:
    """The address of such a server, within the block."""
    code = "import sys; from bench.fetch import serve; serve(*sys.argv[1:])"
    command = [sys.executable, "-c", code, folder, str(delay), str(connecting)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


def seconds(address: str, workers: int, runs: int) -> float:
    """The least time of a load by so many connections at once."""
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        load_artifacts(http(address, workers=workers, name="bench"))
        found.append(time.perf_counter() - start)
        models_cache.clear("bench")
    return min(found)


def main(arguments: list[str]) -> int:
    """Prints the table; 1 where the ratio is above the bound."""
    parser = argparse.ArgumentParser(
        prog="python -m bench fetch", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--delay-ms", type=float, default=50.0)
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args(arguments)
    delay, ratios = options.delay_ms / 1e3, []
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["GLBACKEND_CACHE_DIR"] = f"{scratch}/cache"
        weights = {"w": np.zeros(SHARDS * SHARD_BYTES // 4, np.float32)}
        model = ModelArtifacts({"class_name": "Sequential"}, weights)
        save_artifacts(model, Path(scratch, "m"), shard_bytes=SHARD_BYTES)
        what = f"{SHARDS} shards of {SHARD_BYTES >> 10} KiB"
        print(f"{what}, {options.delay_ms:g} ms, {options.runs} runs, cache empty")
        print("| delayed | side by side, ms | one after another, ms | ratio |\n| --- | ---: | ---: | ---: |")
        for what, connecting in (("each answer", 0.0), ("each answer, each new connection", delay)):
            with serving(scratch, delay, connecting) as url:
                together, one_by_one = (seconds(f"{url}/m", workers, options.runs) for workers in (SHARDS, 1))
            ratios.append(together / one_by_one)
            print(f"| {what} | {together * 1e3:.0f} | {one_by_one * 1e3:.0f} | {ratios[-1]:.2f} |")
    return int(ratios[0] > AT_MOST)
