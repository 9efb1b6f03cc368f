"""Small requests answered where their bytes come in, past ASGI.

A task a request, a dictionary of it, an event a message, and a parser for all that HTTP allows cost more than
a small model. What most clients send is plainer: a POST of a few headers and a short body, the next one after
the answer. This reads that, and nothing else: at the first request that is anything more, all of its
connection goes to uvicorn, and stays there.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple, cast

from glbackend.serving.app import READ_HEADERS, SMALL_BODY_BYTES, Application, failed
from glbackend.serving.batching import Reply
from glbackend.serving.response import ENCODING, Response, ServingError, as_error, not_arrived
from glbackend.serving.service import Pending
from glbackend.serving.together import Outputs

HEAD_BYTES = 2048  # of a request: more is uvicorn's
KEPT_HEADS = 256  # that were read: those of a client differ in the length of the body at most
FIRST, LINE = rb"POST (/[\w/.:~-]*) HTTP/1\.1\r\n", rb"[\w-]+:[\t !-~]*\r\n"
HEAD = re.compile(rb"%b((?:%b)+)\r\n" % (FIRST, LINE), re.ASCII)
BEGUN = re.compile(rb"(?:%b(?:%b)*)?[^\n]*" % (FIRST, LINE), re.ASCII)  # whose lines so far are plain
ONCE = {"host", "content-length", *(name.decode() for name in READ_HEADERS)}
# headers that change how a request is read or answered; "connection" may say what is so anyway
NOT_PLAIN = {"transfer-encoding", "expect", "upgrade", "connection", "te", "trailer", ENCODING}


class Head(NamedTuple):
    """A request without its body, which has `length` bytes; `headers` are those that the service reads."""

    path: str
    headers: Mapping[str, str]
    length: int


@lru_cache(KEPT_HEADS)
def plain_head(data: bytes) -> Head | None:
    """What a request's head says, to its empty line; None for one that is not plain.

    >>> plain_head(b"POST /v1/models/m:predict HTTP/1.1\\r\\nHost: m\\r\\nContent-Length: 2\\r\\n\\r\\n")
    Head(path='/v1/models/m:predict', headers={'host': 'm', 'content-length': '2'}, length=2)
    """
    match = HEAD.fullmatch(data)
    if match is None:
        return None
    headers: dict[str, str] = {}
    for line in match[2].decode().splitlines():
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if name == "connection" and value.lower() == "keep-alive":
            continue
        if name in NOT_PLAIN or (name in ONCE and name in headers):
            return None
        headers[name] = value
    length = headers.get("content-length", "")
    if "host" not in headers or not length.isdecimal() or len(length) > 4 or int(length) > SMALL_BODY_BYTES:
        return None
    read = {name: value for name, value in headers.items() if name in ONCE}
    return Head(match[1].decode(), read, int(length))


def may_be_plain(data: bytes) -> bool:
    """Whether what a request begins with, without the end of its head, may become a plain one.

    >>> may_be_plain(b"PO"), may_be_plain(b"GET /health HTTP"), may_be_plain(b"POST / HTTP/1.1\\nHost: m\\n")
    (True, False, False)
    """
    return data[:6] == b"POST /"[: len(data)] and len(data) < HEAD_BYTES and bool(BEGUN.fullmatch(data))


class _Asked(Reply):
    """Who waits for a call's outputs: a connection. `over`: it has them, or its client has gone."""

    __slots__ = ("call", "over", "then")

    def __init__(
        self,
        call: Pending,
        then: Callable[[Pending, Outputs | ServingError], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.call, self.then, self.loop = call, then, loop
        self.over = False

    def wanted(self) -> bool:
        """Whether the client is there still."""
        return not self.over

    def give(self, outcome: Outputs | ServingError) -> None:
        """Answers the client."""
        if not self.over:
            self.over = True
            self.then(self.call, outcome)


class Joined:
    """A connection's transport that sends at once what is written in a turn of the event loop.

    uvicorn writes the head of an answer, then its body: two packets, and twice the way through the kernel,
    which costs as much as all else that is done for a small answer.

    `transport`: what sends.
    `loop`: whose turn.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []
        self.is_closing = transport.is_closing  # asked of every answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Sends it when the loop has done what it is at."""
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(data)

    def close(self) -> None:
        """Sends what is left, then closes."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._parts:
            self._transport.write(b"".join(self._parts))
            self._parts.clear()


class Direct(asyncio.Protocol):
    """What stands before a protocol of uvicorn's, as the class that comes first: it answers what is plain.

    `application`: whose service answers; a subclass says which.
    """

    application: Application
    loop: asyncio.AbstractEventLoop
    server_state: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client: plain until it sends something else."""
        self._socket = cast(asyncio.Transport, transport)
        super().connection_made(cast(asyncio.BaseTransport, Joined(self._socket, self.loop)))
        self._plain, self._closing = True, False
        self._held = b""  # of a request that is not whole, or that came before the last was answered
        self._asked: _Asked | None = None
        self._slow, _, self._silent = self.application.waits(self.loop)
        self._slow.start(self._too_slow)

    def data_received(self, data: bytes) -> None:
        """Answers a plain request, or queues its call; what is anything else is uvicorn's."""
        if not self._plain:
            self._pass_on(data)
            return
        self._silent.stop(self._socket.close)
        data = self._held + data
        if self._asked is not None:
            self._held = data
            self._socket.pause_reading()
            return
        end = data.find(b"\r\n\r\n", 0, HEAD_BYTES) + 4
        head = plain_head(data[:end]) if end > 3 else None
        if len(data) < end + head.length if head else end < 4 and may_be_plain(data):
            self._held = data
            self._await_rest()
        elif head is None or len(data) > end + head.length:
            self._hand_over(data)
        else:
            self._held = b""
            self._slow.stop(self._too_slow)
            self._answer(head, data[end:])

    def connection_lost(self, exc: Exception | None) -> None:
        """Drops the work for a client that has gone."""
        self._silent.stop(self._socket.close)
        self._slow.stop(self._too_slow)
        asked, self._asked = self._asked, None
        if asked is not None and not asked.over:
            asked.over = True
            self.application.service.finish(asked.call, None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not take its answers: it is asked for no more until it does."""
        cast(Any, super()).pause_writing()
        if self._plain:
            self._socket.pause_reading()

    def resume_writing(self) -> None:
        """The client has taken most of them."""
        cast(Any, super()).resume_writing()
        if self._plain:
            self._socket.resume_reading()
            self._silent.start(self._socket.close)

    def shutdown(self) -> None:
        """Ends the connection, after an answer that is due: the server ends."""
        self._closing = True
        if self._asked is None:
            cast(Any, super()).shutdown()

    def _hand_over(self, data: bytes) -> None:
        self._plain, self._held = False, b""
        self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        """Gives bytes to uvicorn, which would wait without end for the rest of a head."""
        super().data_received(data)
        cycle = cast(Any, self).cycle
        if cycle is None or cycle.response_complete:  # no request has begun by them
            self._await_rest()
        else:
            self._slow.stop(self._too_slow)

    def _await_rest(self) -> None:
        if self._too_slow not in self._slow:
            self._slow.start(self._too_slow)

    def _too_slow(self) -> None:
        if self._held:
            self._closing, self._held = True, b""
            self._write(as_error(not_arrived()))
        else:
            self._socket.close()

    def _answer(self, head: Head, body: bytes) -> None:
        service = self.application.service
        try:
            found = service.begin("POST", head.path, body, head.headers)
            if isinstance(found, Pending):
                asked = _Asked(found, self._finish, self.loop)
                refused = service.queue(found, asked)
                if refused is None:
                    self._asked = asked
                    return
                found = refused
        except Exception as error:
            found = failed(error)
        self._write(found)

    def _finish(self, call: Pending, outcome: Outputs | ServingError) -> None:
        finish = self.application.service.finish
        if isinstance(outcome, Outputs) and outcome.large:
            written = self.loop.run_in_executor(self.application.aside, finish, call, outcome)
            written.add_done_callback(lambda done: self._write_result(done.result))
        else:
            self._write_result(lambda: finish(call, outcome))

    def _write_result(self, result: Callable[[], Response]) -> None:
        try:
            self._write(result())
        except Exception as error:
            self._write(failed(error))

    def _write(self, response: Response) -> None:
        self._asked = None
        if self._socket.is_closing():
            return
        status = HTTPStatus(response.status)
        headers = [
            *self.server_state.default_headers,  # the date
            (b"content-type", response.content_type.encode()),
            (b"content-length", b"%d" % len(response.body)),
            *((name.encode(), value.encode()) for name, value in response.headers.items()),
        ]
        lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode()), *(b"%s: %s" % one for one in headers)]
        self._socket.write(b"\r\n".join([*lines, b"", response.body]))
        self.server_state.total_requests += 1
        if self._closing:
            self._socket.close()
        elif self._held:
            self._socket.resume_reading()
            self._hand_over(self._held)
        elif not cast(Any, self).flow.write_paused:
            self._silent.start(self._socket.close)
