"""A page in a real browser, headless Chromium: what its scripts made of it, and how it looks."""

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
VOID = {"meta", "br", "img", "input", "link", "hr", "col", "wbr"}


def browser() -> str:
    """The browser's path; skips the test where there is none."""
    for name in (os.environ.get("CHROMIUM"), *BROWSERS):
        found = shutil.which(name) if name else None
        if found:
            return found
    pytest.skip("no Chromium here (Debian: apt-get install chromium, or set CHROMIUM)")


def _ran(page: Path | str, scratch: Path, *options: str) -> str:
    command = [
        browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
        f"--user-data-dir={scratch / 'chromium'}", "--virtual-time-budget=3000", *options,
        page if isinstance(page, str) else page.resolve().as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    wrong = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not wrong, f"the page's scripts complain: {wrong[:3]}"
    return done.stdout


def dom(page: Path | str, scratch: Path) -> str:
    """The HTML of a file or an address after its scripts have run for three seconds; they must not complain."""
    return _ran(page, scratch, "--dump-dom", "--window-size=1200,1400")


def screenshot(page: Path, scratch: Path, width: int = 1200, height: int = 1400) -> np.ndarray[Any, Any]:
    """Its pixels, [height, width, 3]."""
    made = scratch / "page.png"
    _ran(page, scratch, f"--screenshot={made}", f"--window-size={width},{height}")
    with Image.open(made) as picture:
        return np.asarray(picture.convert("RGB"))


class Structure(HTMLParser):
    """Elements with their attributes and text; asserts that all are closed in order, and nothing is loaded."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        for name, value in attrs:
            loads = name in ("src", "href", "srcset", "data", "action") and not (value or "").startswith(
                ("#", "data:")
            )
            assert not loads, f"<{tag} {name}={value}> loads something"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.words += [data.strip()] if data.strip() else []

    def count(self, tag: str) -> int:
        """How many elements there are of a kind."""
        return sum(one == tag for one, _ in self.found)


def structure(text: str) -> Structure:
    """A page's structure; it must stand alone."""
    assert not re.search(r"https?://(?!www\.w3\.org/)|@import|url\(", text), (
        "the page names something to load"
    )
    return Structure(text)
