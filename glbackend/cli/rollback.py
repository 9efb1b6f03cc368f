"""`python -m glbackend rollback`: a served model goes back a version, or follows newer ones again."""

import argparse
import json
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from glbackend.base.errors import ArgumentError

SECONDS = 60.0  # that loading a version may take


def rollback(options: argparse.Namespace) -> int:
    """Asks the server, and prints which version answers now."""
    verb = "follow" if options.follow else "rollback"
    base = options.server.rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise ArgumentError(f"--server must be an address, http://... or https://..., got {options.server!r}")
    token = options.token_file and options.token_file.read_text(encoding="utf-8").strip()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = Request(f"{base}/admin/models/{quote(options.name)}/{verb}", b"", headers, method="POST")
    try:
        with urlopen(request, timeout=SECONDS) as answer:
            versions = json.load(answer)["model_version_status"]
    except HTTPError as error:
        with error:  # it is an answer, too, and open
            raise ArgumentError(f"{options.name}: {_told(error)}") from None
    for one in versions:
        state, why = one["state"], one["status"]["error_message"]
        print(f"{options.name}, version {one['version']}: {state} {why}".rstrip())
    return 0


def _told(error: HTTPError) -> str:
    """What the server says, or its status where it says nothing that is known."""
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {error.code}"
