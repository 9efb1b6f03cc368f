"""The server's costs: `python -m bench serving [--backend webgl|cpu] [--connections N] [--seconds S]`.

Three servers take turns under the same load, round by round: ours with batches, ours without, and bare
uvicorn with an answer of equal size. Each is a process of its own, and so is the load: connections that each
send their next request when the answer to the last one is there. What counts is the CPU time that a server
spends on a request, the least of all rounds; rates of wall time stand beside it, for a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

BARE = """
import asyncio, sys, uvicorn
answer = b"x" * int(sys.argv[1])
async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
options = {"ws": "none", "proxy_headers": False, "server_header": False}  # as ours
config = uvicorn.Config(app, port=0, log_level="warning", access_log=False, lifespan="off", **options)
server = uvicorn.Server(config)
async def told():
    while not server.started:
        await asyncio.sleep(0.02)
    print("serving on bare: http://127.0.0.1:%d" % server.servers[0].sockets[0].getsockname()[1], flush=True)
async def run():
    await asyncio.gather(server.serve(), told())
asyncio.run(run())
"""
LOAD = """
import sys
from bench.serving import load
print(load(*map(int, sys.argv[1:3]), float(sys.argv[3]), sys.stdin.buffer.read()))
"""
ANSWER_BYTES = 164  # of ten shares


def save_model(folder: Path) -> None:
    """A small MLP: 16 numbers to 10."""
    import glbackend as gl  # noqa: PLC0415 - in this process on cpu alone

    gl.set_backend("cpu")
    layers = [
        gl.layers.dense(units=64, input_shape=[16], activation="relu", name="first"),
        gl.layers.dense(units=64, activation="relu"),
        gl.layers.dense(units=10, activation="softmax"),
    ]
    gl.sequential(layers).save(folder / "1")


async def _connection(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    while time.monotonic() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        done += 1
    writer.close()
    return done


def load(port: int, connections: int, seconds: float, body: bytes) -> float:
    """Requests answered in a second, by so many connections at once."""
    head = f"POST /v1/models/m:predict HTTP/1.1\r\nHost: m\r\nContent-Length: {len(body)}\r\n\r\n"

    async def run() -> int:
        until = time.monotonic() + seconds
        every = [_connection(port, head.encode() + body, until) for _ in range(connections)]
        return sum(await asyncio.gather(*every))

    return asyncio.run(run()) / seconds


def start(*command: str, **options: Any) -> tuple[subprocess.Popen[str], int]:
    """A server in a process of its own, and its port; `options` are subprocess.Popen's."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, **options)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("serving on"):
        raise RuntimeError(f"the server did not start: {line}")
    return process, int(line.rsplit(":", 1)[1])


def stop(process: subprocess.Popen[str]) -> None:
    """Ends a server at once, by SIGKILL."""
    process.kill()
    process.communicate(timeout=20)


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process and its threads (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _turn(pid: int, port: int, options: argparse.Namespace, body: bytes) -> tuple[float, float]:
    """Requests a second, and the server's CPU microseconds a request."""
    arguments = [str(port), str(options.connections), str(options.seconds)]
    before = _cpu_seconds(pid)
    found = subprocess.run(
        [sys.executable, "-c", LOAD, *arguments], input=body, capture_output=True, check=True
    )
    rate = float(found.stdout)
    return rate, (_cpu_seconds(pid) - before) * 1e6 / max(rate * options.seconds, 1)


def main(argv: list[str]) -> int:
    """Runs the rounds and prints costs and ratios; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench serving", description="The server's costs.")
    parser.add_argument("--backend", choices=("webgl", "cpu"), default="webgl")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2.0, help="of a turn")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(argv)
    rates: dict[str, float] = {}
    costs: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_model(folder)
        body = json.dumps({"instances": [np.linspace(0, 1, 16).round(3).tolist()]}).encode()
        serve = ["-m", "glbackend", "serve", "--model", f"m={folder}", "--port", "0"]
        ours = [*serve, "--backend", options.backend]
        servers: dict[str, tuple[Any, int]] = {
            "batched": start(*ours),
            "unbatched": start(*ours, "--max-batch", "1", "--delay-ms", "0"),
            "bare uvicorn": start("-c", BARE, str(ANSWER_BYTES)),
        }
        try:
            for _ in range(options.rounds):
                for server, (process, port) in servers.items():
                    rate, cost = _turn(process.pid, port, options, body)
                    rates[server] = max(rates.get(server, 0.0), rate)
                    costs[server] = min(costs.get(server, math.inf), cost)
        finally:
            for process, _ in servers.values():
                stop(process)
    table = Table("server", "us of CPU a request", "unbatched : this", "uvicorn : this", "requests a second")
    for server, cost in costs.items():
        shares = [f"{costs[other] / cost:.2f}" for other in ("unbatched", "bare uvicorn")]
        table.add_row(server, f"{cost:.0f}", *shares, f"{rates[server]:.0f}")
    Console().print(table)
    return 0
