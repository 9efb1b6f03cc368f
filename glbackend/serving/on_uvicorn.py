"""The service on uvicorn: small requests past ASGI, and an end for clients that take nothing."""

import asyncio
import socket
from importlib import import_module
from typing import Any

from glbackend.serving.app import KEEP_ALIVE_SECONDS, SLOW_SECONDS, Application
from glbackend.serving.direct import Direct
from glbackend.serving.service import Service


def _protocol(application: Application) -> type[asyncio.Protocol]:
    """The one that uvicorn takes by itself, behind ours."""
    base: Any = import_module("uvicorn.protocols.http.auto").AutoHTTPProtocol
    return type("Protocol", (Direct, base), {"application": application})


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
    application = Application(service)
    config = uvicorn.Config(
        application,
        http=_protocol(application),
        log_level="warning",
        access_log=False,
        lifespan="on",
        ws="none",
        proxy_headers=False,  # nothing here asks where a request is from
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(SLOW_SECONDS),
        **tls,
    )
    return uvicorn.Server(config)
