"""The server for a long time: `python -m bench soak [--backend webgl|cpu] [--requests N] [--mutated N]`.

So many requests from so many connections, each answer compared with the first one of its body; then broken
requests, of which none may be answered with 500; then the server is killed and started anew. The command's
status is 1 where an answer differs, a request is answered with 500, or memory still grows after a fifth of
the requests (Linux tells how much a process holds).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console

from bench.serving import save_model, start, stop

MAX_GROWTH_BYTES = 8 * 2**20  # over the last four fifths; a leak of 200 bytes a request is more
SAMPLES = 50  # of memory
PATHS = ("/v1/models/m:predict", "/v2/models/m/infer", "/v1/models/m:classify")
PIECES = (b"[", b"{", b'"b64":', b"1e999", b"null", b"true", b"-", b"{}", b"[]", b'"', b"\xff")


class Soak(NamedTuple):
    """Answers that differed, statuses of broken requests, bytes held after a fifth of all and at the end."""

    different: int
    statuses: Counter[int]
    early_bytes: int
    last_bytes: int
    restart_seconds: float

    @property
    def faults(self) -> list[str]:
        """What should not be."""
        found = [f"{self.different} answers differ"] if self.different else []
        wrong = sorted(one for one in self.statuses if one >= 500)
        found += [f"broken requests were answered with {wrong}"] if wrong else []
        grown = self.last_bytes - self.early_bytes
        return [*found, f"memory grew by {grown / 2**20:.1f} MB"] if grown > MAX_GROWTH_BYTES else found


def mutated(body: bytes, rng: random.Random) -> bytes:
    """A body with a few faults: bytes replaced, left out, put in."""
    made = bytearray(body)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(made))
        kind = rng.randrange(3)
        if kind == 0:
            made[at] = rng.choice(b'0123456789[]{}",:-.eNtfx\\\x00\xff')
        elif kind == 1:
            del made[at : at + rng.randint(1, 9)]
        else:
            made[at:at] = rng.choice(PIECES)
        made = made or bytearray(b"x")
    return bytes(made)


def _bodies(rows: int) -> list[bytes]:
    x = np.linspace(0, 1, 16 * rows).round(3).reshape(rows, 16).tolist()
    tensor = {"name": "first_input", "shape": [rows, 16], "datatype": "FP32", "data": x}
    bodies = [{"instances": x}, {"inputs": [tensor]}, {"examples": [{tensor["name"]: row} for row in x]}]
    return [json.dumps(one).encode() for one in bodies]


async def _ask(reader: Any, writer: Any, path: str, body: bytes) -> tuple[int, bytes]:
    writer.write(f"POST {path} HTTP/1.1\r\nHost: m\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return int(head.split(b" ", 2)[1]), await reader.readexactly(length)


def held_bytes(pid: int) -> int:
    """Memory that a process holds (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024 * int(next(one for one in lines if one.startswith("VmRSS")).split()[1])


async def _steady(port: int, pid: int, connections: int, requests: int) -> tuple[int, list[int]]:
    """Answers that differ from the first of their body, and the memory held in the course of time."""
    known: dict[bytes, bytes] = {}
    held: list[int] = []
    different = done = 0

    async def connection(number: int) -> None:
        nonlocal different, done
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = _bodies(1 + number % 4)[0]
        while done < requests:
            done += 1
            if done % max(requests // SAMPLES, 1) == 0:
                held.append(held_bytes(pid))
            status, answer = await _ask(reader, writer, PATHS[0], body)
            different += status != 200 or not _same(known.setdefault(body, answer), answer)
        writer.close()

    await asyncio.gather(*map(connection, range(connections)))
    return different, held


def _same(one: bytes, other: bytes) -> bool:
    if one == other:
        return True  # on cpu always: to the last bit, whoever ran beside it
    values, others = (np.array(json.loads(text)["predictions"]) for text in (one, other))
    return bool(np.allclose(values, others, rtol=1e-5, atol=1e-6))


async def _broken(port: int, requests: int, seed: int) -> Counter[int]:
    rng, statuses = random.Random(seed), Counter[int]()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    bodies = _bodies(2)
    for _ in range(requests):
        status, _ = await _ask(reader, writer, rng.choice(PATHS), mutated(rng.choice(bodies), rng))
        statuses[status] += 1
    writer.close()
    return statuses


def soak(backend: str, connections: int, requests: int, broken: int) -> Soak:
    """Runs all of it on a small MLP."""
    with tempfile.TemporaryDirectory() as name:
        save_model(Path(name))
        serve = ("-m", "glbackend", "serve", "--model", f"m={name}", "--port", "0", "--backend", backend)
        process, port = start(*serve)
        try:
            different, held = asyncio.run(_steady(port, process.pid, connections, requests))
            statuses = asyncio.run(_broken(port, broken, seed=5))
            stop(process)
            begun = time.perf_counter()
            process, port = start(*serve)
            again, _ = asyncio.run(_steady(port, process.pid, 1, 10))
            seconds = time.perf_counter() - begun
        finally:
            stop(process)
    return Soak(different + again, statuses, held[len(held) // 5], held[-1], seconds)


def main(argv: list[str]) -> int:
    """Runs it and prints what was seen; 1 where something should not be."""
    parser = argparse.ArgumentParser(prog="python -m bench soak", description="The server for a long time.")
    parser.add_argument("--backend", choices=("webgl", "cpu"), default="webgl")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--mutated", type=int, default=10_000)
    options = parser.parse_args(argv)
    begun = time.perf_counter()
    found = soak(options.backend, options.connections, options.requests, options.mutated)
    console = Console()
    console.print(
        f"{options.requests} requests from {options.connections} connections, {found.different} answers that "
        f"differ; memory {found.early_bytes / 2**20:.1f} MB after a fifth, {found.last_bytes / 2**20:.1f} MB "
        f"at the end\nbroken requests: {dict(found.statuses)}\nkilled, started anew and answering in "
        f"{found.restart_seconds:.1f} s; {time.perf_counter() - begun:.0f} s in all"
    )
    for fault in found.faults:
        console.print(f"[red]{fault}")
    return bool(found.faults)
