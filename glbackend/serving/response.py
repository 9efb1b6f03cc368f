"""What a request is answered with, and the errors that become answers."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

JSON = "application/json"
NOTHING: Mapping[str, str] = MappingProxyType({})


class Response(NamedTuple):
    """An HTTP answer: its status, its body, the body's type, further headers."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = NOTHING


class ServingError(Exception):
    """What a client is told, with the status that TensorFlow Serving has for it.

    `status`: 400 for what the request has wrong, 404 for what is not there, 429 for a full queue, 503 for a
    model that is not ready, 504 for a deadline that passed.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def as_json(value: Any, status: int = 200) -> Response:
    """An answer of JSON, NaN and Infinity as bare words, as TensorFlow Serving writes them."""
    return Response(status, json.dumps(value, indent=4).encode())


def as_error(error: ServingError) -> Response:
    """An error's answer: {"error": ...}, no traceback, a few hundred characters."""
    text = str(error)
    return as_json({"error": text if len(text) < 600 else text[:600] + " ..."}, error.status)
