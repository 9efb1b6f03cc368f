"""The pages say what the code does: the tour runs, quotations are quotations, differences all there."""

import doctest
import gc
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from operator import attrgetter
from pathlib import Path

import pytest

import glbackend as gl
from glbackend.base import env
from glbackend.base.calling import parameters_of
from glbackend.base.naming import snake_case
from glbackend.engine.backend import make_backend
from glbackend.ops.op import OPS
from glbackend.testing.check import using
from glbackend.training.loss import LOSS_CLASSES
from glbackend.training.losses import LOSSES
from glbackend.training.metrics import METRIC_CLASSES, METRICS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for page in DOCS.rglob("*.md") if page.parent.name != "reference")]
)
TOLD = [page for page in PAGES if page.name != "README.md" and "```python\n>>> " in page.read_text("utf-8")]
MARKER = re.compile(r"^[ \t]*(?:#|//) differs from TF\.js: (.*(?:\n[ \t]*(?:#|//) .*)*)", re.MULTILINE)
SECTION = re.compile(r"<!-- markers -->\n.*<!-- /markers -->", re.DOTALL)


def differences() -> list[str]:
    """The marked departures: where each stands, and its text."""
    found = []
    for path in sorted([*(ROOT / "glbackend").rglob("*.py"), *(ROOT / "shaders").rglob("*.glsl")]):
        code = path.read_text(encoding="utf-8")
        for match in MARKER.finditer(code):
            text = re.sub(r"\s*\n\s*(#|//)\s*", " ", match[1]).strip()
            where = f"`{path.relative_to(ROOT).as_posix()}`"
            found.append(f"{where}{_function(code, match)}: {text}")
    return found


def _function(code: str, mark: re.Match[str]) -> str:
    """The function that a mark stands in, or right above."""
    if mark[0][0] in " \t":
        names = re.findall(r"^(?:class|def) (\w+)", code[: mark.start()], re.MULTILINE)[-1:]
    else:
        names = re.findall(r"^(?:class|def) (\w+)", code[mark.end() :], re.MULTILINE)[:1]
    return f", `{names[0]}`" if names else ""


def section() -> str:
    """The part of docs/differences.md that is made from the marks."""
    lines = [f"- {text}" for text in differences()]
    return "<!-- markers -->\n" + "\n".join(lines) + "\n<!-- /markers -->"


def test_every_difference_is_on_the_page() -> None:
    page = (DOCS / "differences.md").read_text(encoding="utf-8")
    found = SECTION.search(page)
    assert found, "the page has lost its section"
    assert found[0] == section(), "run `python -m tests.test_docs`"


def test_marks_are_well_formed() -> None:
    marks = len(differences())
    mentions = sum(
        len(re.findall(r"differs from TF\.?js", path.read_text(encoding="utf-8"), re.IGNORECASE))
        for folder, kind in (("glbackend", "*.py"), ("shaders", "*.glsl"))
        for path in (ROOT / folder).rglob(kind)
    )
    assert marks == mentions > 0, "a mark is a comment of its own that begins `differs from TF.js: `"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which a folder can be fetched, within the block."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *what: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def run(page: Path, folder: Path, **more: str) -> int:
    """Runs the examples of a page, in one go; `folder` is theirs to write into. How many there are."""
    text = page.read_text(encoding="utf-8").replace("```", "")
    given = {"folder": str(folder), **more}
    examples = doctest.DocTestParser().get_doctest(text, given, page.name, str(page), 0)
    out: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    gc.collect()  # a page may count what is alive
    result = runner.run(examples, out=out.append)
    assert result.failed == 0, "".join(out)
    return result.attempted


def test_tour_runs(backend: str, tmp_path: Path) -> None:
    assert run(ROOT / "README.md", tmp_path) >= 15


@pytest.mark.parametrize("page", TOLD, ids=lambda page: page.name)
def test_pages_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    with using(make_backend("cpu")), served(tmp_path) as site:
        assert run(page, tmp_path, site=site)


def test_all_code_of_the_site_is_run() -> None:
    """Python in a fence is an example with `>>>`, or a quotation with its file's name behind the language."""
    for page in PAGES:
        for line in re.findall(r"^```python\n(.*)", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert line.startswith(">>> "), f"{page.name}: {line}"


def test_every_page_is_two_steps_from_the_index() -> None:
    tree = "\n".join(re.findall(r"```\{toctree\}(.*?)```", (DOCS / "index.md").read_text("utf-8"), re.DOTALL))
    listed = set(re.findall(r"^[\w/-]+$", tree, re.MULTILINE)) - {"reference/index"}
    assert listed == {
        page.relative_to(DOCS).with_suffix("").as_posix() for page in PAGES if DOCS in page.parents
    } - {"index"}


def test_quotations_are_in_the_files() -> None:
    pages = [DOCS / "adding-a-kernel.md", *(DOCS / "tutorials").glob("*.md")]
    quoted = [
        one
        for page in pages
        for one in re.findall(r"```\w+ (\S+)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert len(quoted) >= 10 + 2 * (len(pages) - 1)
    for file, text in quoted:
        assert _plain(text) in _plain((ROOT / file).read_text(encoding="utf-8")), (
            f"{file} no longer holds:\n{text}"
        )


def _plain(text: str) -> str:
    """Without the blanks, which formatting may change."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def rows(page: str, title: str) -> dict[str, list[str]]:
    """The cells of a page's table whose first column has that title (as it stands there), by what the first column names."""
    text = (DOCS / page).read_text(encoding="utf-8")
    head, found = f"| {title} |", {}
    for line in text[text.index(head) :].split("\n\n")[0].splitlines()[2:]:
        first, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        found[first.strip("`")] = cells
    return found


def test_the_page_of_losses_and_metrics_is_true() -> None:
    """Every name, its short one, the shape of what it gives, and what `compile` takes it for."""
    listed = rows("losses-and-metrics.md", "`gl.metrics`")
    assert set(listed) == set(LOSSES.declared) | set(METRICS.declared)
    short = {cells[0].strip("`"): name for name, cells in listed.items() if cells[0]}
    assert all(LOSSES.find(one).name == name for one, name in short.items())
    named = {one for one in gl.metrics.__all__ if one[0].islower()} - {"get", "serialize", "deserialize"}
    assert named == set(listed) | {one for one in short if hasattr(gl.metrics, one)}
    for name, (_, _, shape, taken, tfjs, _) in listed.items():
        function = getattr(gl.metrics, name)
        p = gl.tensor([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]])
        t = (
            gl.tensor([0, 1, 0])
            if name.startswith("sparse")
            else gl.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
        )
        if "generalized" in name or name == "circle":
            t = gl.tensor([0, 1, 0])
        if name == "ctc":
            t, p = gl.tensor([[1]] * 3), p.reshape([3, 1, 2])
        assert function(t, p).shape == ((3,) if shape == "`[...]`" else ()), name
        assert (taken == "loss, metric") == (LOSSES.declared.get(name) is function), name
        assert taken == "loss, metric" or METRICS.declared[name] is function
        assert not tfjs or snake_case(tfjs.strip('`"').rpartition(".")[2]) == name
    for title, registry in (("losses", LOSS_CLASSES), ("metrics", METRIC_CLASSES)):
        classes = rows("losses-and-metrics.md", f"`gl.{title}` class")
        assert set(classes) == set(registry.declared)
        for name, (*_, arguments) in classes.items():
            taken = set(re.findall(r"`(\w+)`", arguments))
            wanted = set(parameters_of(registry.declared[name])) - {"name", "dtype", "reduction"}
            assert taken == wanted, name
    numbers = {name.removeprefix("losses.") for name in OPS if name.startswith("losses.")}
    assert set(rows("losses-and-metrics.md", "`gl.losses`")) == numbers


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_names_that_pages_tell_exist(page: Path) -> None:
    for name in re.findall(r"`gl\.([\w.]+)", page.read_text(encoding="utf-8")):
        if not name.endswith("."):  # the beginning of several names
            assert attrgetter(name)(gl), f"{page.name}: gl.{name}"


def test_the_page_of_the_environment_is_the_modules_own() -> None:
    table = (env.__doc__ or "").split("\n\n")[1].strip()
    assert table in (DOCS / "environment.md").read_text(encoding="utf-8")


def test_pictures_are_small() -> None:
    assert not [path.name for path in (DOCS / "images").rglob("*.png") if path.stat().st_size > 150_000]


def test_version_is_one() -> None:
    assert f'version = "{gl.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


if __name__ == "__main__":
    page = DOCS / "differences.md"
    page.write_text(SECTION.sub(lambda _: section(), page.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{page.relative_to(ROOT)}: {len(differences())} differences")
