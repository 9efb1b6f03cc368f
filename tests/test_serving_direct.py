"""Requests that are answered past ASGI: which they are, that their answers are uvicorn's, who leaves or waits."""

import contextlib
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from http.client import parse_headers
from pathlib import Path
from typing import Any

import h11
import pytest

import glbackend as gl
from glbackend.serving import Service, app
from glbackend.serving.app import SMALL_BODY_BYTES
from glbackend.serving.direct import HEAD_BYTES, Direct, plain_head
from glbackend.serving.together import Outputs
from tests.test_serving import Slow
from tests.test_serving_clients import Running

PATH = "/v1/models/m:predict"
BODY = json.dumps({"instances": [[1.5], [2.5]]}).encode()
FIRST = f"POST {PATH} HTTP/1.1\r\n"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(app, "KEEP_ALIVE_SECONDS", 0.5)
    gl.set_backend("cpu")
    gl.sequential([gl.layers.dense(units=2, input_shape=[1])]).save(tmp_path / "1")
    made = Running(Service({"m": tmp_path}, poll=0, token=None), slow=20.0)
    yield made
    made.end()


class Client(contextlib.AbstractContextManager["Client"]):
    """A connection that takes its answers one by one, though several come at once."""

    def __init__(self, running: Running) -> None:
        self.socket = socket.create_connection(("127.0.0.1", running.port), 20)
        self.file = self.socket.makefile("rb")
        self.send, self.ended = self.socket.sendall, lambda: self.file.read(1) == b""

    def __exit__(self, *raised: object) -> None:
        self.file.close()
        self.socket.close()

    def read(self) -> tuple[int, bytes, dict[str, str]]:
        status = int(self.file.readline().split()[1])
        headers = {name.lower(): value for name, value in parse_headers(self.file).items()}
        return status, self.file.read(int(headers["content-length"])), headers


def request(body: bytes = BODY, *headers: str, path: str = PATH) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: m", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def protocol(running: Running) -> Any:
    """The one connection's."""
    (found,) = running.connections()
    assert isinstance(found, Direct)
    return found


@pytest.mark.parametrize(
    "head",
    [
        FIRST + "Host: m\r\nContent-Length: 2\r\n\r\n",
        FIRST + "host:m\r\ncontent-length:\t2 \r\nConnection: Keep-Alive\r\nAccept: */*\r\nAccept: a\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: 0002\r\nAuthorization: Bearer 1\r\n\r\n",
    ],
)
def test_plain_heads(head: str) -> None:
    found = plain_head(head.encode())
    assert found is not None
    assert (found.path, found.length) == (PATH, 2)
    assert found.headers.get("authorization") == ("Bearer 1" if "Bearer" in head else None)


@pytest.mark.parametrize(
    "head",
    [
        f"GET {PATH} HTTP/1.1\r\nHost: m\r\nContent-Length: 2\r\n\r\n",
        f"POST {PATH} HTTP/1.0\r\nHost: m\r\nContent-Length: 2\r\n\r\n",
        f"POST {PATH}?a=1 HTTP/1.1\r\nHost: m\r\nContent-Length: 2\r\n\r\n",
        "POST /v1/models/%6d:predict HTTP/1.1\r\nHost: m\r\nContent-Length: 2\r\n\r\n",
        f"POST http://m{PATH} HTTP/1.1\r\nHost: m\r\nContent-Length: 2\r\n\r\n",
        FIRST + "Content-Length: 2\r\n\r\n",
        FIRST + "Host: m\r\n\r\n",
        FIRST + "Host: m\r\nHost: n\r\nContent-Length: 2\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: 2, 2\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: -2\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: 1_0\r\n\r\n",
        FIRST + f"Host: m\r\nContent-Length: {SMALL_BODY_BYTES + 1}\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: 2\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n",
        FIRST + "Host: m\r\n Content-Length: 3\r\nContent-Length: 2\r\n\r\n",
        FIRST + "Host: m\r\nContent-Length : 2\r\n\r\n",
        FIRST + "Host: m\nContent-Length: 2\r\n\r\n",
        FIRST + "Host: m\x00\r\nContent-Length: 2\r\n\r\n",
        FIRST + "Host: mä\r\nContent-Length: 2\r\n\r\n",
        FIRST + "Host: m\r\nAuthorization: a\r\nAuthorization: b\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_heads_that_are_uvicorns(head: str) -> None:
    assert plain_head(head.encode()) is None


def test_what_is_taken_for_plain_h11_reads_alike() -> None:
    """Thousands of heads with faults: none is plain that h11, which uvicorn comes with, refuses or reads otherwise."""
    rng = random.Random(0)
    start = request(b"ab", "Connection: keep-alive", "X-A: b").partition(b"\r\n\r\n")[0]
    pieces = [
        b"\r\n",
        b" ",
        b":",
        b"\t",
        b"\n",
        b",",
        b"0",
        b"A",
        b"\x00",
        b"\x7f",
        b"/",
        b"-",
        b"_",
        b'"',
        b"\xc3",
    ]
    pieces += [b"\r\nContent-Length: 3", b"\r\nTransfer-Encoding: chunked", b"\r\nHost: m", b"\r\nX:"]
    plain = 0
    for _ in range(5000):
        head = bytearray(start)
        for _ in range(rng.randint(1, 2)):
            at = rng.randrange(len(head))
            head[at : at + rng.randrange(3)] = rng.choice(pieces)
        data = bytes(head) + b"\r\n\r\n"
        found = plain_head(data) if data.count(b"\r\n\r\n") == 1 else None
        if found is not None:
            plain += 1
            judge = h11.Connection(h11.SERVER)
            judge.receive_data(data + b"a" * found.length)
            event = judge.next_event()
            assert isinstance(event, h11.Request), data
            assert (event.method, event.target.decode()) == (b"POST", found.path)
            size = 0
            while not isinstance(event := judge.next_event(), h11.EndOfMessage):
                assert isinstance(event, h11.Data), data
                size += len(event.data)
            assert size == found.length, data
    assert plain > 300, "the test has tested something"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (BODY, PATH),
        (b'{"inputs": [[1.5]]}', PATH),
        (b"{}", PATH),
        (b"", PATH),
        (b"[", PATH),
        (b'{"instances": [["a"]]}', PATH),
        (BODY, "/v1/models/other:predict"),
        (BODY, "/v1/models/m"),
        (BODY, "/health"),
        (b'{"instances": [' + b", ".join([b"[1]"] * 1200) + b"]}", PATH),
    ],
)
def test_answers_are_those_of_uvicorn(running: Running, body: bytes, path: str) -> None:
    with Client(running) as client, Client(running) as other:
        for _ in range(2):
            client.send(request(body, path=path))
            other.send(request(body, path=f"{path}?"))
            assert client.read()[:2] == (found := other.read())[:2]
        client.send(request(body, path=path))
        mine = client.read()[2]
        assert mine.pop("date")
        assert found[2].pop("date")
        assert mine == found[2]


def test_a_request_in_pieces(running: Running) -> None:
    with Client(running) as client:
        for place in (len(request()) - len(BODY), -1, 10):  # behind the head, in the body, in the head
            client.send(request()[:place])
            time.sleep(0.05)
            client.send(request()[place:])
            assert client.read()[0] == 200
            assert protocol(running)._plain


@pytest.mark.parametrize("together", [True, False])
def test_requests_before_the_answer_are_answered_in_order(running: Running, together: bool) -> None:
    slow = Slow()
    running.service.models["m"].find(None)[1].run = slow_run(running, slow)  # type: ignore[method-assign]
    bodies = [json.dumps({"instances": [[float(one)]]}).encode() for one in range(3)]
    with Client(running) as client:
        if together:
            client.send(b"".join(map(request, bodies)))
        else:
            client.send(request(bodies[0]))
            assert slow.begun.wait(20)
            client.send(request(bodies[1]) + request(bodies[2]))
            time.sleep(0.1)
        slow.go.set()
        answers = [client.read() for _ in bodies]
    assert [status for status, _, _ in answers] == [200] * 3
    with Client(running) as client:
        for body, answer in zip(bodies, answers, strict=True):
            client.send(request(body))
            assert client.read()[1] == answer[1]


def slow_run(running: Running, slow: Slow) -> Any:
    """The model's own call, that waits until `slow` is let go."""
    real = running.service.models["m"].find(None)[1].run

    def run(signature: str, inputs: Any) -> Any:
        slow.begun.set()
        assert slow.go.wait(20)
        return real(signature, inputs)

    return run


def until(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_work_of_a_client_that_left_is_dropped(running: Running) -> None:
    slow = Slow()
    servable = running.service.models["m"].find(None)[1]
    servable.run = slow_run(running, slow)  # type: ignore[method-assign]
    with Client(running) as first:
        first.send(request())
        assert slow.begun.wait(20)
        with Client(running) as second:
            second.send(request())
            until(lambda: running.service.batcher.waiting == 1)
        until(lambda: len(running.connections()) == 1)
        slow.go.set()
        assert first.read()[0] == 200
    until(lambda: running.service.batcher.waiting == 0)
    text = running.service.answer("GET", "/metrics", b"").body.decode()
    assert 'status="499"} 1' in text
    assert 'status="200"} 1' in text


def test_a_silent_connection_ends_and_one_that_asks_goes_on(running: Running) -> None:
    with Client(running) as client, Client(running) as other:
        client.send(request())
        assert client.read()[0] == 200
        for _ in range(4):
            other.send(request())
            assert other.read()[0] == 200
            time.sleep(0.25)
        assert client.ended()


def test_the_end_waits_for_an_answer(running: Running) -> None:
    slow = Slow()
    running.service.models["m"].find(None)[1].run = slow_run(running, slow)  # type: ignore[method-assign]
    with Client(running) as client, Client(running) as idle:
        client.send(request())
        assert slow.begun.wait(20)
        running.server.should_exit = True
        assert idle.ended(), "who waits for nothing is left at once"
        slow.go.set()
        assert client.read()[0] == 200
        assert client.ended()
    running.thread.join(20)
    assert not running.thread.is_alive()


@pytest.mark.parametrize(
    "sent", [b"", b"POST /v1/mod", request()[:-1], request(b"{}", "Expect: 100-continue")[:-1]]
)
def test_half_a_request_is_given_up(running: Running, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(app, "SLOW_SECONDS", 0.3)  # before the first connection
    with Client(running) as client:
        client.send(sent)
        if sent.endswith(b"{"):
            assert client.file.readline().startswith(b"HTTP/1.1 100")
            assert client.file.readline() == b"\r\n"
        if sent:
            assert client.read()[0] == 408
        assert client.ended()


def test_half_a_head_is_given_up_that_is_uvicorns(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "SLOW_SECONDS", 0.3)
    with Client(running) as client:
        client.send(b"GET /health HTTP/1.1\r\nHost: m\r\n\r\n")
        assert client.read()[0] == 200
        client.send(b"GET /health HT")
        assert client.ended()
    with Client(running) as client:
        client.send(b"GET /health HTTP/1.1\r\nHost: " + b"m" * HEAD_BYTES)
        assert client.ended()
    with Client(running) as client:
        client.send(b"nothing of HTTP\r\n\r\n")
        assert client.file.readline().startswith(b"HTTP/1.1 400"), "uvicorn's own"


@pytest.mark.parametrize(
    "sent", [b"GET /health HTTP/1.1\nHost: m\n\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]
)
def test_what_cannot_become_plain_is_uvicorns_at_once(running: Running, sent: bytes) -> None:
    """Lines without a carriage return, the first bytes of TLS: no end of a head is waited for."""
    with Client(running) as client:
        client.socket.settimeout(5)  # a sixth of what a plain head is waited for
        client.send(sent)
        assert client.file.readline().startswith(b"HTTP/1.1")


def test_who_takes_no_answers_is_asked_for_no_more(running: Running) -> None:
    body = json.dumps({"instances": [[1.5]] * 900}).encode()
    state = running.server.server_state
    with Client(running) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        client.send(request(body))
        one = client.read()[1]
        transport, sent = protocol(running)._socket, 0
        while transport.is_reading() and sent * len(one) < 32 << 20:  # more than the kernel takes
            client.send(request(body))
            sent += 1
            until(lambda due=sent: state.total_requests > due)
        assert not transport.is_reading()
        assert transport.get_write_buffer_size() < (1 << 16) + 2 * len(one)
        client.send(request(body))
        time.sleep(1.0)  # longer than a connection may be silent
        assert all(client.read()[1] == one for _ in range(sent + 1))
        assert protocol(running)._plain


def test_who_leaves_while_its_answer_is_written_is_counted_once(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, service, begun, go = running.service.finish, running.service, threading.Event(), threading.Event()

    def slowly(call: Any, outputs: Any) -> Any:
        if outputs is not None:
            begun.set()
            assert go.wait(20)
        return finish(call, outputs)

    service.finish = slowly  # type: ignore[method-assign]
    monkeypatch.setattr(Outputs, "large", True)
    with Client(running) as client:
        client.send(request())
        assert begun.wait(20)
    until(lambda: not running.connections())
    go.set()

    def metrics() -> str:
        return service.answer("GET", "/metrics", b"").body.decode()

    until(lambda: 'status="200"} 1' in metrics())
    assert 'status="499"' not in metrics()
