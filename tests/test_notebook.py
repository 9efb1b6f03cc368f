"""The notebook runs in a real kernel, and what its cells show is what a notebook shows."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbclient is no dependency")
nbclient = pytest.importorskip("nbclient", reason="nbclient is no dependency")
if find_spec("ipykernel") is None:
    pytest.skip("ipykernel is no dependency", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def outputs() -> list[list[Any]]:
    """What each cell of code shows: its results, and what it displays or prints."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLBACKEND_BACKEND", "cpu")
        patch.setenv("PYTHONPATH", str(ROOT))
        notebook = nbformat.read(ROOT / "examples" / "notebook.ipynb", 4)
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def html(outputs: list[Any]) -> str:
    (found,) = [one.data["text/html"] for one in outputs if one.output_type == "execute_result"]
    return str(found)


@pytest.mark.filterwarnings("default")  # of the kernel's connection
def test_cells_show_tables_bars_and_curves(outputs: list[list[Any]]) -> None:
    _, tensor, model, fit, circle = outputs
    assert html(tensor).count("<td>") == 12
    assert "65 parameters" in html(model) and "dense_Dense2 (Dense)" in html(model)
    assert "<polyline" in html(fit) and "40 epochs" in html(fit)
    (bar,) = [one for one in fit if one.output_type == "display_data"]
    assert "Epoch 40/40" in bar.data["text/html"] and "<progress" not in bar.data["text/html"]
    assert not [one for one in fit if one.output_type == "stream"], "no warning, no line"
    rows = [row.split("<td>")[1:] for row in html(circle).split("<tr>")[1:]]
    assert rows[4][4].startswith("1") and all(rows[y][x].startswith("0") for y in (0, 8) for x in (0, 8))


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(ROOT / "examples" / "notebook.ipynb", 4)
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
