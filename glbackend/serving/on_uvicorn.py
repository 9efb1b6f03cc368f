"""The service on uvicorn: its protocol with one write an answer, its socket with an end for slow readers."""

import asyncio
import socket
from importlib import import_module
from typing import Any

from glbackend.serving.app import SLOW_SECONDS, Application
from glbackend.serving.service import Service


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


def _protocol() -> type[asyncio.Protocol]:
    """The one that uvicorn takes by itself, writing as above."""
    base: Any = import_module("uvicorn.protocols.http.auto").AutoHTTPProtocol

    class Protocol(base):  # type: ignore[misc] # known when it runs
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(Joined(transport, self.loop))

    return Protocol


def listener(host: str, port: int, slow: float = SLOW_SECONDS) -> socket.socket:
    """A socket that listens, whose connections end where a client takes nothing for so long.

    uvicorn has no time for that: what is not taken would be kept until the server ends. Linux has; elsewhere
    such a connection stays.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.create_server((host, port), family=family, backlog=2048)
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:
        made.setsockopt(socket.IPPROTO_TCP, option, int(slow * 1e3))
    return made


def server(uvicorn: Any, service: Service, **tls: Any) -> Any:
    """A uvicorn.Server, whose `run(sockets=[listener(...)])` serves until the process is told to end.

    `uvicorn`: the package.
    `service`: what answers.
    `tls`: uvicorn's options for that.
    """
    config = uvicorn.Config(
        Application(service),
        http=_protocol(),
        log_level="warning",
        access_log=False,
        lifespan="on",
        ws="none",
        proxy_headers=False,  # nothing here asks where a request is from
        server_header=False,
        timeout_graceful_shutdown=int(SLOW_SECONDS),
        **tls,
    )
    return uvicorn.Server(config)
