"""What `python -m glbackend check` found on this driver: kernels that failed, kept per driver and version."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glbackend.backends.webgl.gl.context import Context


def verdict_path(context: Context) -> Path:
    """The file of this driver's verdict, in the user's cache directory."""
    return context.file("check")


def save_verdict(context: Context, verdict: Mapping[str, Any]) -> Path:
    """Keeps a verdict; it must hold the list "failed"."""
    path = verdict_path(context)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**context.describe(), **verdict}, indent=1), encoding="utf-8")
    return path


def failed_kernels(context: Context) -> frozenset[str]:
    """Kernels that failed on this driver; none where it was never checked."""
    try:
        verdict = json.loads(verdict_path(context).read_text(encoding="utf-8"))
        return frozenset(map(str, verdict["failed"]))
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()
