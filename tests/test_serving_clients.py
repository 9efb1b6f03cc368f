"""The server and its clients: who waits for whom, who leaves, who is slow, and what goes over the wire."""

import asyncio
import dataclasses
import gzip
import json
import shutil
import socket
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn

import glbackend as gl
from glbackend.serving import Service, ServingError
from glbackend.serving.app import Application, PlainServer
from glbackend.serving.batching import Batcher, Reply, Work
from glbackend.serving.on_uvicorn import Joined, listener, server
from tests.test_serving import SCOPE, Slow, post, work

BODY = json.dumps({"instances": [[1.5]]}).encode()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    gl.set_backend("cpu")
    gl.sequential([gl.layers.dense(units=64, input_shape=[1])]).save(tmp_path / "1")
    made = Service({"m": tmp_path}, poll=0)
    yield made
    made.close()


def batcher_of(slow: Slow, delay: float, capacity: int = 8) -> tuple[Batcher, list[tuple[int, int]]]:
    noted: list[tuple[int, int]] = []
    return Batcher(8, delay, capacity, lambda requests, rows: noted.append((requests, rows))), noted


# -- who runs together -----------------------------------------------------------------------------------------


def test_a_lone_client_waits_for_nobody() -> None:
    slow = Slow()
    slow.go.set()
    batcher, noted = batcher_of(slow, delay=60.0)
    for value in range(5):  # each asked when the last one is answered
        batcher.put(one := work(slow, value))
        assert one.reply.future.result(20)["x"].tolist() == [2.0 * value]
    batcher.close()
    assert noted == [(1, 1)] * 5


def test_who_asks_again_at_once_is_one_client() -> None:
    """Before the thread has looked at who waits; twice, no other client comes for half a minute."""
    slow = Slow()
    slow.go.set()
    batcher, noted = batcher_of(slow, delay=60.0)
    ended = threading.Event()

    def again(left: int) -> None:
        if not left:
            ended.set()
            return
        one = work(slow, 1)
        one.reply.future.add_done_callback(lambda _: again(left - 1))
        batcher.put(one)

    again(4)
    assert ended.wait(20)
    batcher.close()
    assert noted == [(1, 1)] * 4


def test_those_whom_a_batch_answered_run_together_again() -> None:
    slow = Slow()
    batcher, noted = batcher_of(slow, delay=60.0)
    batcher.put(first := work(slow, 0))
    assert slow.begun.wait(20)
    for one in (some := [work(slow, value) for value in range(3)]):
        batcher.put(one)
    slow.go.set()
    first.reply.future.result(20)
    batcher.put(again := work(slow, 9))  # now all four are there
    assert again.reply.future.result(20)["x"].tolist() == [18.0]
    for _ in range(3):
        for one in (some := [work(slow, value) for value in range(4)]):
            time.sleep(0.01)
            batcher.put(one)
        assert [one.reply.future.result(20)["x"].tolist() for one in some] == [[0.0], [2.0], [4.0], [6.0]]
    batcher.close()
    assert noted == [(1, 1)] + [(4, 4)] * 4


def test_who_does_not_come_again_is_waited_for_no_longer_than_the_delay() -> None:
    slow = Slow()
    batcher, noted = batcher_of(slow, delay=0.05)
    batcher.put(work(slow, 0))
    assert slow.begun.wait(20)
    for one in (some := [work(slow, value) for value in range(3)]):
        batcher.put(one)
    slow.go.set()
    assert some[2].reply.future.result(20)["x"].tolist() == [4.0]
    batcher.put(alone := work(slow, 5))  # three were answered
    assert alone.reply.future.result(20)["x"].tolist() == [10.0]
    batcher.close()
    assert noted == [(1, 1), (3, 3), (1, 1)]


class Asking(tuple[Any, ...]):
    """What may run together; asked for, it puts more into the queue, as another thread may at any time."""

    def __eq__(self, other: object) -> bool:
        self[0]()
        return True

    def __hash__(self) -> int:
        return 0


def test_the_queue_is_bounded_while_a_batch_is_chosen() -> None:
    slow = Slow()
    batcher, _ = batcher_of(slow, delay=0.0, capacity=4)
    refused: list[int] = []

    def more() -> None:
        for _ in range(4):
            try:
                batcher.put(work(slow, 7))
            except ServingError as error:
                refused.append(error.status)

    batcher.put(work(slow, 0))
    assert slow.begun.wait(20)
    others = [work(slow, value) for value in range(4)]
    for one in others[1:3]:
        one.kind = ("other",)
    others[3].kind = Asking([more])
    for one in others:
        batcher.put(one)
    slow.go.set()
    assert others[3].reply.future.result(20)["x"].tolist() == [6.0]
    batcher.close()
    assert refused == [429] * 4, "what is put back, and what is not yet chosen, waits still"


# -- who leaves ------------------------------------------------------------------------------------------------


def asks_once(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    """What a server tells of a client that sends `body`, and stays until it has its answer."""
    bodies = [body]

    async def receive() -> dict[str, Any]:
        if not bodies:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": bodies.pop()}

    return receive


def test_a_request_that_the_server_cancels_is_cancelled(service: Service) -> None:
    slow = Slow()
    servable: Any = slow
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    receive = asks_once(b"{}")

    def begin(*_: Any) -> Any:
        from glbackend.serving.service import Pending

        pending = Pending(servable, "serving_default", {"x": np.ones(1, np.float32)}, lambda outputs: outputs)
        pending.model, pending.kind, pending.start = "m", "tfs", time.monotonic()
        return pending

    service.begin = begin  # type: ignore[method-assign]

    async def run() -> None:
        task = asyncio.create_task(Application(service)(SCOPE, receive, send))
        assert await asyncio.to_thread(slow.begun.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(run())
    slow.go.set()
    assert sent == []
    assert 'status="499"} 1' in service.metrics.text(0)


def test_large_requests_leave_the_event_loop(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread for all of them, so that the loop shares the interpreter with few; small ones stay."""
    where: list[tuple[str, int, str]] = []

    def noted(name: str) -> None:
        function = getattr(service, name)

        def call(*given: Any) -> Any:
            where.append((name, len(threads), threading.current_thread().name))
            return function(*given)

        monkeypatch.setattr(service, name, call)

    threads: list[int] = []
    noted("begin")
    noted("finish")

    async def ask(rows: int) -> None:
        receive = asks_once(json.dumps({"instances": [[1.5]] * rows}).encode())

        async def send(message: Any) -> None:
            assert message.get("status", 200) == 200

        await app(SCOPE, receive, send)

    async def run() -> None:
        await ask(1)
        threads.append(1)
        await asyncio.gather(*(ask(2000) for _ in range(4)))

    app = Application(service)
    asyncio.run(run())
    app.close()
    small = {(name, thread) for name, large, thread in where if not large}
    large = {(name, thread) for name, large, thread in where if large}
    assert small == {("begin", "MainThread"), ("finish", "MainThread")}
    assert large == {("begin", "glbackend-large_0"), ("finish", "glbackend-large_0")}


# -- sockets ---------------------------------------------------------------------------------------------------


class Running:
    """The service on uvicorn, in this process. `slow`: seconds after which who takes nothing is left."""

    def __init__(self, service: Service, slow: float) -> None:
        listening = listener("127.0.0.1", 0, slow)
        self.port = listening.getsockname()[1]
        self.server = server(uvicorn, service)
        self.thread = threading.Thread(target=self.server.run, args=([listening],))
        self.thread.start()

    def connections(self) -> set[Any]:
        return set(self.server.server_state.connections)

    def end(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)
        assert not self.thread.is_alive(), "the end waits for nobody who is slow"


def ask(port: int, body: bytes, taken: int = 1 << 16) -> socket.socket:
    """A client that has sent its request. `taken`: bytes that it takes before it reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, taken)
    client.settimeout(20)
    client.connect(("127.0.0.1", port))
    head = f"POST /v1/models/m:predict HTTP/1.1\r\nHost: m\r\nContent-Length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + body)
    return client


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the system has no such option")
def test_a_client_that_reads_slowly_is_left(service: Service) -> None:
    running = Running(service, slow=1.0)
    with ask(running.port, json.dumps({"instances": [[1.5]] * 20000}).encode(), taken=4096):
        until = time.monotonic() + 30
        while not any(one.transport.get_write_buffer_size() for one in running.connections()):
            assert time.monotonic() < until
            time.sleep(0.02)
        assert post(running.port, {"instances": [[1.5]]})[0] == 200, "others go on"
        while any(one.transport.get_write_buffer_size() for one in running.connections()):
            assert time.monotonic() < until, "what it does not take is kept"
            time.sleep(0.05)
    running.end()


def test_an_answer_is_one_packet(service: Service) -> None:
    written: list[bytes] = []

    class Transport(asyncio.Transport):
        def write(self, data: Any) -> None:
            written.append(bytes(data))

        def close(self) -> None:
            written.append(b"closed")

        def is_closing(self) -> bool:
            return False

    async def run() -> None:
        joined = Joined(Transport({"peername": "somebody"}), asyncio.get_running_loop())
        assert joined.get_extra_info("peername") == "somebody"
        joined.write(b"head")
        joined.write(b"body")
        assert written == []
        await asyncio.sleep(0)
        assert written == [b"headbody"]
        joined.write(b"last")
        joined.close()
        await asyncio.sleep(0)

    asyncio.run(run())
    assert written == [b"headbody", b"last", b"closed"]
    running = Running(service, slow=20.0)
    with ask(running.port, BODY) as client:
        answer = client.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 200") and b'"predictions": [[' in answer
    running.end()


def test_a_path_is_decoded_once(service: Service) -> None:
    async def run(path: str) -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await Application(service)({**SCOPE, "path": path}, asks_once(BODY), send)
        return sent

    assert asyncio.run(run("/v1/models/%6d:predict"))[0]["status"] == 404  # who runs it has decoded it
    assert asyncio.run(run("/v1/models/m:predict"))[0]["status"] == 200
    plain = PlainServer(service, "127.0.0.1", 0)
    thread = plain.start()
    running = Running(service, slow=20.0)
    for port in (plain.server_address[1], running.port):
        assert post(port, {"instances": [[1.5]]}, "/v1/models/%6d:predict?a=b")[0] == 200
        assert post(port, {"instances": [[1.5]]}, "/v1/models/%256d:predict")[0] == 404
    running.end()
    plain.shutdown()
    plain.server_close()
    thread.join(20)


def test_replies_are_of_threads_or_of_loops() -> None:
    slow = Slow()
    slow.go.set()
    batcher, _ = batcher_of(slow, delay=0.0)

    async def run() -> list[float]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        batcher.put(
            Work(
                slow,
                "serving_default",
                {"x": np.ones(2, np.float32)},
                Reply(future, loop),
                time.monotonic() + 20,
            )
        )
        return list((await future)["x"])

    assert asyncio.run(run()) == [2.0, 2.0]
    batcher.close()


# -- versions --------------------------------------------------------------------------------------------------


def broken(folder: Path, version: int) -> None:
    (folder / str(version)).mkdir()
    (folder / str(version) / "model.json").write_text("{", encoding="utf-8")


def test_the_newest_version_that_loads_answers(service: Service, tmp_path: Path) -> None:
    """Beside a broken one after a rollback, and after a start anew."""
    versions = service.models["m"]
    gl.sequential([gl.layers.dense(units=64, input_shape=[1])]).save(tmp_path / "2")
    assert versions.refresh()
    broken(tmp_path, 3)
    assert not versions.refresh()
    versions.rollback()
    assert versions.serving is not None and versions.serving.number == 1
    versions.follow()
    assert versions.refresh() and versions.serving.number == 2
    assert not versions.refresh()
    again = Service({"m": tmp_path}, poll=0)
    assert again.failures() == {} and again.models["m"].serving is not None
    assert again.models["m"].serving.number == 2
    again.close()


def test_a_version_whose_files_arrive_one_by_one_is_tried_again(service: Service, tmp_path: Path) -> None:
    gl.sequential([gl.layers.dense(units=64, input_shape=[1])]).save(tmp_path / "elsewhere")
    (tmp_path / "2").mkdir()
    for file in sorted((tmp_path / "elsewhere").iterdir(), key=lambda one: one.name != "model.json"):
        assert not service.models["m"].refresh()
        shutil.copy(file, tmp_path / "2")
    assert service.models["m"].refresh()


def test_a_version_that_fails_tells_no_path(service: Service, tmp_path: Path) -> None:
    broken(tmp_path, 2)
    service.models["m"].refresh()
    answer = service.answer("GET", "/v1/models/m", b"").body.decode()
    assert "m/2/model.json: not whole JSON" in answer and str(tmp_path) not in answer


def test_rollback_by_command(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from glbackend.cli.main import main

    gl.sequential([gl.layers.dense(units=64, input_shape=[1])]).save(tmp_path / "2")
    service.models["m"].refresh()
    (tmp_path / "token").write_text("sesame\n", encoding="utf-8")
    service.token = "sesame"
    running = Running(service, slow=20.0)
    at = ["--server", f"http://127.0.0.1:{running.port}/"]
    with_token = [*at, "--token-file", str(tmp_path / "token")]
    assert main(["rollback", "m", *with_token]) == 0
    assert capsys.readouterr().out == "m, version 2: END\nm, version 1: AVAILABLE\n"
    assert main(["rollback", "m", "--follow", *with_token]) == 0
    assert "m, version 2: AVAILABLE\n" in capsys.readouterr().out
    for arguments, words in (
        (["m", *at], "this server wants a token"),
        (["other", *with_token], "Servable not found for request: other"),
        (["m", "--server", "127.0.0.1:1"], "--server must be an address"),
        (["m", "--server", "http://127.0.0.1:1"], "refused"),
    ):
        assert main(["rollback", *arguments]) == 1
        assert words in capsys.readouterr().err
    running.end()


# -- bodies that come compressed -------------------------------------------------------------------------------


@pytest.mark.parametrize(("coding", "packed"), [("gzip", gzip.compress), ("Deflate", zlib.compress)])
def test_compressed_bodies(service: Service, coding: str, packed: Any) -> None:
    def answer(body: bytes, coding: str = coding) -> tuple[int, bytes]:
        found = service.answer("POST", "/v1/models/m:predict", body, {"content-encoding": coding})
        return found.status, found.body

    assert answer(packed(BODY)) == answer(BODY, "identity")
    for wrong in (BODY, packed(BODY)[:-5], b""):
        status, found = answer(wrong)
        assert status == 400 and b"the body is not" in found
    assert answer(packed(BODY), "br")[0] == 415
    service.limits = dataclasses.replace(service.limits, body=1000)
    assert answer(packed(b" " * 10**6))[0] == 413, "a bomb"
    running = Running(service, slow=20.0)
    connection = HTTPConnection("127.0.0.1", running.port, timeout=20)
    connection.request("POST", "/v1/models/m:predict", packed(BODY), {"Content-Encoding": coding})
    assert connection.getresponse().status == 200
    connection.close()
    running.end()
