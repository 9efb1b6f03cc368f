"""The reference of every public name, made from the docstrings: docs/reference/, written with the site.

`python -m tools.reference_pages` writes the pages alone. A page is a namespace of `gl`; names come from the
`__all__` of the modules, so nothing public is left out.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import glbackend as gl
from glbackend.base.dtypes import DType
from glbackend.engine.convert import TensorLike

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
MODULES = re.compile(r"\b(?:glbackend(?:\.\w+)*|typing|collections\.abc|numpy)\.(?=[A-Za-z])")
SPELLINGS = {str(TensorLike): "TensorLike", f"Optional[{str(DType).removeprefix('typing.')}]": "DType | None"}
SPELLINGS |= {str(DType): "DType"}
ARGUMENT = re.compile(r"^(`\w+`(?:, `\w+`)*): ", re.MULTILINE)


def namespaces() -> dict[str, ModuleType]:
    """The modules that are public names, by the name that a user types, `gl` first."""
    found = {"gl": gl}
    for name in sorted((*gl.__all__, *gl.ON_FIRST_USE)):
        value = getattr(gl, name)
        if inspect.ismodule(value):
            found[f"gl.{name}"] = value
            found |= {
                f"gl.{name}.{inner}": getattr(value, inner)
                for inner in getattr(value, "__all__", [])
                if inspect.ismodule(getattr(value, inner))
            }
    return found


def names(module: ModuleType) -> list[str]:
    """The public names of a module that are no modules themselves."""
    listed = getattr(module, "__all__", None)
    if listed is None:
        listed = [name for name in vars(module) if not name.startswith("_") and _from_here(module, name)]
    return sorted(
        (name for name in listed if not inspect.ismodule(getattr(module, name))),
        key=lambda name: (name.lower(), name),
    )


def _from_here(module: ModuleType, name: str) -> bool:
    return getattr(getattr(module, name), "__module__", "").startswith("glbackend")


def page(space: str, module: ModuleType) -> str:
    """The page of a namespace: each object once, under the first of its names, the others named there."""
    groups: dict[int, list[str]] = {}
    for name in names(module):
        groups.setdefault(id(getattr(module, name)), []).append(name)
    lines = [f"# {space}", "", _text(inspect.getdoc(module) or ""), ""]
    for group in groups.values():
        group.sort(key=lambda name: (not name.islower(), name))
        lines += _entry(space, getattr(module, group[0]), group)
    return "\n".join(lines) + "\n"


def _entry(space: str, value: Any, group: list[str]) -> Iterator[str]:
    yield f"## {group[0]}"
    yield ""
    yield from _signature(f"{space}.{group[0]}", value)
    if len(group) > 1:
        yield f"Also {', '.join(f'`{space}.{name}`' for name in group[1:])}."
        yield ""
    if callable(value) or inspect.isclass(value):
        yield _text(inspect.getdoc(value) or "")
    else:
        yield f"A constant: `{value!r}`."
    yield ""
    if inspect.isclass(value):
        for name, member in _members(value):
            yield f"### {group[0]}.{name}"
            yield ""
            if inspect.isfunction(member) or inspect.ismethod(member):
                yield from _signature(f"{group[0]}.{name}", member)
            yield _text(inspect.getdoc(member) or "")
            yield ""


def _members(owner: type) -> Iterator[tuple[str, Any]]:
    """Methods and properties of a class itself that have words of their own; its bases have their entries."""
    for name, member in sorted(vars(owner).items()):
        plain = getattr(member, "__func__", member)
        if not name.startswith("_") and (callable(plain) or isinstance(member, property)) and plain.__doc__:
            yield name, getattr(owner, name) if not isinstance(member, property) else member


def _signature(name: str, value: Any) -> Iterator[str]:
    try:
        text = str(inspect.signature(value))
    except (TypeError, ValueError):
        return
    for long, short in SPELLINGS.items():
        text = text.replace(long, short)
    call = f"{name}{re.sub(MODULES, '', text)}"
    if len(call) > 100:
        call = re.sub(r", (?=\*?\*?\w+(:|=|,|\)|$))", ",\n    ", call)
    yield "```text"
    yield call
    yield "```"
    yield ""


def _text(docstring: str) -> str:
    """A docstring as Markdown: its arguments as a list, its example as code."""
    blocks = []
    for block in docstring.split("\n\n"):
        if block.lstrip().startswith(">>>"):
            blocks.append(f"```python\n{block}\n```")
        else:
            blocks.append(ARGUMENT.sub(r"- \1: ", block))
    return _quiet("\n\n".join(blocks))


def _quiet(text: str) -> str:
    """Words in square brackets are shapes here, not links, and stars are no emphasis."""
    parts = re.split(r"(```.*?```|`[^`]*`)", text, flags=re.DOTALL)
    return "".join(
        part if part.startswith("`") else re.sub(r"([\[\]*_<>|])", r"\\\1", part) for part in parts
    )


def write(folder: Path = FOLDER) -> None:
    """Writes all pages and their index; pages of names that are gone go."""
    folder.mkdir(exist_ok=True)
    pages = {name: page(name, module) for name, module in namespaces().items()}
    toc = "\n".join(pages)
    pages["index"] = f"# Reference\n\nEvery public name, from its docstring.\n\n```{{toctree}}\n{toc}\n```\n"
    for old in folder.glob("*.md"):
        if old.stem not in pages:
            old.unlink()
    for name, text in pages.items():
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
    print(f"{FOLDER.relative_to(Path.cwd())}: {len(list(FOLDER.glob('*.md')))} pages")
