"""`python -m glbackend serve`: the service on uvicorn, or on the standard library's server."""

import argparse
import importlib
import signal
import ssl
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.engine import get_backend, set_backend
from glbackend.serving import Limits, Service
from glbackend.serving.app import PlainServer
from glbackend.serving.on_uvicorn import listener, server

SWITCH_SECONDS = 0.001  # after which a thread that computes lets the event loop run: /health waits for it


def serve(options: argparse.Namespace) -> int:
    """Serves until it is told to stop; requests in flight are answered first."""
    sys.setswitchinterval(SWITCH_SECONDS)
    if options.backend:
        set_backend(options.backend)
    models = dict(_pair(text, "--model", "NAME=FOLDER") for text in options.model)
    limits = Limits(
        max_batch=options.max_batch, delay=options.delay_ms / 1e3, queue=options.queue,
        deadline=options.deadline, body=options.max_body,
    )  # fmt: skip
    token = options.token_file and options.token_file.read_text(encoding="utf-8").strip()
    labels = _labels(options.label, models)
    for name, folder in models.items():
        if not Path(folder).is_dir():
            raise ArgumentError(f"--model {name}={folder}: there is no such folder")
    service = Service(models, labels=labels, limits=limits, poll=options.poll, token=token)
    if failures := service.failures():
        service.close()
        raise ArgumentError("; ".join(f"model {name!r}: {why}" for name, why in failures.items()))
    tls = {"ssl_certfile": options.ssl_certfile, "ssl_keyfile": options.ssl_keyfile}
    try:
        uvicorn = importlib.import_module("uvicorn")
    except ImportError:
        return _plain(service, options.host, options.port, tls)
    return _uvicorn(uvicorn, service, options.host, options.port, tls)


def _pair(text: str, flag: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ArgumentError(f"{flag} must be {form}, got {text!r}")
    return name, value


def _labels(given: list[str], models: dict[str, str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for text in given:
        where, version = _pair(text, "--label", "NAME:LABEL=VERSION")
        name, colon, label = where.partition(":")
        if not (colon and label and version.isdecimal()) or name not in models:
            raise ArgumentError(f"--label must be NAME:LABEL=VERSION of a served model, got {text!r}")
        found.setdefault(name, {})[label] = int(version)
    return found


def _announce(service: Service, scheme: str, host: str, port: int) -> None:
    print(f"serving on {get_backend()}: {scheme}://{host}:{port}", flush=True)
    for name, one in service.models.items():
        if one.serving is not None:
            print(f"  {name}, version {one.serving.number}: POST /v1/models/{name}:predict", flush=True)


def _uvicorn(uvicorn: Any, service: Service, host: str, port: int, tls: dict[str, Any]) -> int:
    running = server(uvicorn, service, **tls)
    scheme = "https" if tls["ssl_certfile"] else "http"
    with listener(host, port) as listening:

        def told() -> None:
            while not running.started:
                if running.should_exit:
                    return
                threading.Event().wait(0.02)
            _announce(service, scheme, host, listening.getsockname()[1])

        threading.Thread(target=told, daemon=True).start()
        running.run(sockets=[listening])
    return 0


def _plain(service: Service, host: str, port: int, tls: dict[str, Any]) -> int:
    print(
        "uvicorn is not installed (pip install 'glbackend[serve]'): the standard library serves",
        file=sys.stderr,
    )
    plain = PlainServer(service, host, port)
    if tls["ssl_certfile"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls["ssl_certfile"], tls["ssl_keyfile"])
        plain.socket = context.wrap_socket(plain.socket, server_side=True)

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=plain.shutdown).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    _announce(service, "https" if tls["ssl_certfile"] else "http", host, plain.server_address[1])
    plain.serve_forever()
    plain.server_close()
    service.close()
    return 0
