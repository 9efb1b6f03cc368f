"""docs/layers.md: every layer with what its declared cases hold it against: `python -m tools.layers_page`."""

from collections import Counter
from pathlib import Path

from glbackend.layers.layer import PUBLIC
from glbackend.testing.layer_case import LayerCase, layer_cases

PAGE = Path(__file__).resolve().parents[1] / "docs" / "layers.md"
SOURCES = {"keras": "Keras 3.15", "tf_keras": "tf_keras 2.21", "tfjs": "TensorFlow.js 4.22", "": "cpu alone"}


def page() -> str:
    """The text of the page."""
    lines = [
        "# Layers",
        "",
        "Written by `python -m tools.layers_page` from the declared cases (`testing/cases/layers/`); do not",
        "edit. Each case holds both backends to what its source gives for non-default arguments: values,",
        "gradients to inputs and weights, the foretold shape, masks, configs, saving and loading. Cells are",
        "held within `rnn`. `help(gl.layers.lstm)` has the words.",
        "",
        "| layer | first line | cases | held against | masks |",
        "| --- | --- | ---: | --- | --- |",
    ]
    names: dict[type, list[str]] = {}
    for name, cls in PUBLIC.items():
        names.setdefault(cls, []).append(name)
    for cls, known in sorted(names.items(), key=lambda item: item[0].__name__):
        cases = [one for one in layer_cases() if cls.__name__ in _classes(one)]
        sources = Counter(SOURCES[one.source] for one in cases)
        held = ", ".join(f"{source} ({count})" for source, count in sources.items())
        spelled = ", ".join(f"`{name}`" for name in [*known, cls.__name__])
        first = (cls.__doc__ or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
        masked = sum(1 for one in cases if any(mask is not None for mask in one.masks))
        lines.append(f"| {spelled} | {' '.join(first.split())} | {len(cases)} | {held} | {masked or ''} |")
    return "\n".join([*lines, ""])


def _classes(case: LayerCase) -> set[str]:
    """Names of the classes that a case is made of: its own, and those of the cells in its config."""
    cells = case.config.get("cell", {}).get("config", {}).get("cells", [case.config.get("cell", {})])
    return {case.class_name, *(str(one.get("class_name")) for one in cells)}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
