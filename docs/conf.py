"""The site's settings: Sphinx reads the Markdown pages of this folder (`./setup.sh docs`).

Sphinx with MyST and Furo, as all three are maintained, warnings can be errors, links are checked
while pages are built, and the result is plain files that search without a server.
"""

import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import reference_pages

project = "glbackend"
author = "the authors of glbackend"
release = version = metadata.version("glbackend")
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"glbackend {version}"
html_static_path: list[str] = []
html_show_sourcelink = False
suppress_warnings = ["myst.header"]  # pages that tools write begin with a table

reference_pages.write(Path(__file__).parent / "reference")


def _without_sources(app: Any, page: str, source: list[str]) -> None:
    """Links to files outside of the site become their names."""
    up = page.count("/") + 1
    outside = rf"\[([^\]]*)\]\((?:\.\./){{{up}}}([^)#]+)[^)]*\)"
    source[0] = re.sub(outside, r"\1", source[0])


def setup(app: Any) -> None:
    """Sphinx's hook."""
    app.connect("source-read", _without_sources)
