"""The architecture, executed: what docs/architecture.md says of the house is checked here."""

import ast
import inspect
import pydoc
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import glbackend
from glbackend.backends.webgl import delegated
from glbackend.base.calling import parameters_of
from glbackend.base.registry import KINDS
from glbackend.base.shapes import TensorSpec
from glbackend.contracts.contract import contracts
from glbackend.data.ordering import Ordering
from glbackend.data.pipeline import Pass, Pipeline
from glbackend.engine.registry import differentiable_kernels, kernels
from glbackend.layers import activations, constraints, initializers, regularizers
from glbackend.layers.cells import LSTMCell
from glbackend.layers.layer import LAYERS, PUBLIC, Layer
from glbackend.layers.recipe import Weighted
from glbackend.layers.recurrent import RNN
from glbackend.models.model import Model
from glbackend.models.sequential import Sequential
from glbackend.models.summary import Summarized
from glbackend.ops.op import OPS
from glbackend.optimizers import schedules, train
from glbackend.optimizers.optimizer import Optimizer
from glbackend.table import ROWS
from glbackend.testing.case import all_cases
from glbackend.training import callbacks, losses, metrics
from tools import generate

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "glbackend"
SHADERS = ROOT / "shaders"
PYTHON = sorted(PACKAGE.rglob("*.py"))
GLSL = sorted(SHADERS.rglob("*.glsl"))
BUILT_IN = set(ROWS)  # before tests and examples add rows of their own


def ours(backend: str) -> set[str]:
    """The kernels of a backend, without those that users (tests, examples) made."""
    return not_custom(kernels(backend))


def not_custom(names: Iterable[str]) -> set[str]:
    """Without rows of a user's, and without what `gl.custom_op` calls Custom<number>_<name>."""
    return {name for name in set(names) - (set(ROWS) - BUILT_IN) if not re.match(r"Custom\d+_", name)}


def test_every_kernel_is_on_both_backends() -> None:
    cpu, webgl = ours("cpu"), ours("webgl")
    assert cpu - webgl == set(delegated.REASONS), "on cpu only, and not delegated"
    assert not webgl - cpu


def test_delegated_kernels_are_host_only_by_nature() -> None:
    agreed = {"NonMaxSuppressionV3", "NonMaxSuppressionV4", "NonMaxSuppressionV5", "Unique", "Where"}
    agreed |= {"AllReduce", "AllReduceMoments", "AllReduceStart"}
    assert {name for name in delegated.REASONS if not re.match("String|Static|Ragged|Sparse", name)} <= agreed
    assert all(delegated.REASONS.values()), "each with its reason"


def test_every_kernel_has_a_contract_and_cases() -> None:
    names = ours("cpu")
    assert names == not_custom(contracts())
    assert not names - {case.kernel for case in all_cases()}, "kernels without a case"


def test_every_gradient_has_a_differentiable_case() -> None:
    checked = {case.kernel for case in all_cases() if case.grad}
    silent = {"ZerosLike", "OnesLike", "Step", "Sign", "Floor", "Ceil", "Round", "ArgMax", "ArgMin"}
    assert not not_custom(differentiable_kernels()) - checked - silent


def test_signatures_are_equal() -> None:
    for name, cpu in kernels("cpu").items():
        if name in ROWS or name in delegated.REASONS:
            continue
        ours = list(inspect.signature(cpu).parameters.values())[1:]
        theirs = list(inspect.signature(kernels("webgl")[name]).parameters.values())[1:]
        assert [(p.name, p.kind) for p in ours] == [(p.name, p.kind) for p in theirs], name


def test_every_row_has_its_function() -> None:
    composed = {ROWS[kernel].op for kernel in BUILT_IN} - set(OPS)
    assert not {name for name in composed if not name.endswith("_grad")}, "rows without a function"


def test_every_shader_is_used() -> None:
    sources = "\n".join(path.read_text() for path in [*PYTHON, *GLSL])
    for path in GLSL:
        name = path.stem if path.parent.name == "kernels" else f"lib/{path.name}"
        word = re.escape(name)  # first, and then what may not stand before it: that search is quick
        assert re.search(rf"{word}\b(?<!\w{word})(?<!// {word})", sources), f"orphan shader {path.name}"


def test_files_keep_their_budgets() -> None:
    long = []
    for path in PYTHON:
        lines = len(path.read_text().splitlines())
        if path.parent.name == "api" or path == PACKAGE / "layers" / "__init__.py":
            continue  # lists that are generated
        if lines > (600 if path.parent.name == "table" else 400):
            long.append((path.relative_to(ROOT).as_posix(), lines))
    long += [(path.name, n) for path in GLSL if (n := len(path.read_text().splitlines())) > 150]
    assert not long


def test_functions_keep_their_budget() -> None:
    long = []
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
                start = (first.end_lineno or 0) if documented else node.lineno
                if (node.end_lineno or 0) - start > 50:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert not long


def test_modules_say_where_they_are() -> None:
    assert not [path for path in PYTHON if not ast.get_docstring(ast.parse(path.read_text()))]


def test_docstrings_open_with_a_whole_sentence() -> None:
    cut = []
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = (ast.get_docstring(node) or ".").split("\n\n")[0]
                cut += [] if first.endswith(".") else [f"{path.relative_to(ROOT)}: {first}"]
    assert not cut


def test_imports_within_the_house_stand_at_the_top() -> None:
    """An import inside a function hides a circle; the command line has them so that it starts fast."""
    hidden = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path in PYTHON
        if path.relative_to(PACKAGE).parts[0] != "cli"
        and re.search(r"^ +(import|from) ", path.read_text(), re.M)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        and re.search(r"\bglbackend\b|from \.", ast.unparse(inner))
    ]
    assert not hidden


def test_only_backends_webgl_gl_imports_gl() -> None:
    allowed = PACKAGE / "backends" / "webgl" / "gl"
    guilty = [
        path
        for path in PYTHON
        if allowed not in path.parents
        and re.search(r"^\s*(import|from) (moderngl|glcontext|glfw)\b", path.read_text(), re.M)
    ]
    assert not guilty


def test_no_backend_switch_above_the_engine() -> None:
    floors = (
        "ops", "optimizers", "data", "io", "graph", "layers", "training", "models", "formats", "distribute",
        "serving", "debug", "vis",
    )  # fmt: skip
    for path in PYTHON:
        if path.relative_to(PACKAGE).parts[0] in floors:
            assert not re.search(r"""==\s*["'](webgl|cpu)["']""", path.read_text()), path


def test_ops_call_methods_by_name() -> None:
    untyped = [path.name for path in (PACKAGE / "ops").glob("*.py") if 'METHODS["' in path.read_text()]
    assert not untyped, "x.reshape(...) is typed, METHODS[...] is not"


def test_warnings_name_the_users_line() -> None:
    """One place warns, which finds the innermost line from outside glbackend."""
    calling = [path for path in PYTHON if "warnings.warn(" in path.read_text()]
    assert calling == [PACKAGE / "base" / "errors.py"]


def test_importing_makes_no_context_and_imports_no_gl() -> None:
    heavy = ("moderngl", "glfw", "glcontext", "rich", "PIL", "httpx", "fsspec", "filelock", "platformdirs")
    code = f"import sys, glbackend; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_loosened_checks_are_few() -> None:
    loosened = [case for case in all_cases() if case.because]
    for one in loosened:
        print(f"{one.id}: {one.because}")
    assert len(loosened) <= 20


def test_layers_say_their_shapes_by_their_call_alone() -> None:
    written = [
        (path.name, node.lineno)
        for path in PYTHON
        if path.parent.name in ("layers", "models")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name == "compute_output_shape"
    ]
    assert [name for name, _ in written] == ["layer.py"], "Layer's own alone"


def test_nobody_above_the_engine_looks_whether_a_tape_records() -> None:
    floors = ("ops", "optimizers", "layers", "training", "models")
    for path in PYTHON:
        if path.relative_to(PACKAGE).parts[0] in floors:
            assert not re.search(r"import .*\btapes\b", path.read_text()), path


SOURCE = re.compile(r"As\s`(tf|tensor|model|layer|optimizer|keras)\.|TF\.js|Keras|NumPy")


def is_documented(thing: Any, arguments: Iterable[str], inner: bool = False) -> None:
    """Its own words: a whole sentence first, every argument in backquotes, the source, an example."""
    text = inspect.cleandoc(thing.__doc__ or "")
    assert text.split("\n\n")[0].endswith("."), "no whole sentence"
    assert not [one for one in arguments if f"`{one}`" not in text], "arguments without a word"
    assert inner or SOURCE.search(text), "no source"
    assert inner or ">>>" in text, "no example"  # tests/test_doctests.py runs it


@pytest.mark.parametrize("name", sorted(OPS))
def test_ops_are_documented(name: str) -> None:
    is_documented(OPS[name], [] if inspect.isclass(OPS[name]) else inspect.signature(OPS[name]).parameters)


def named_things() -> dict[str, Any]:
    """All that has a name in files, and what it is derived from; also functions that make one of them."""
    modules = (
        activations,
        initializers,
        regularizers,
        constraints,
        glbackend.optimizers,
        schedules,
        train,
        losses,
        metrics,
        callbacks,
    )
    known = {
        id(one): one
        for module in modules
        for name, one in vars(module).items()
        if any(registry.lookup(name) for registry in KINDS.values())
        and (inspect.isclass(one) or inspect.isfunction(one))
    }
    for registry in KINDS.values():
        found = [*registry.declared.values(), *([registry.base] if registry.base else [])]
        known |= {id(one): one for one in found}
    return {f"{one.__module__.rpartition('.')[2]}.{one.__name__}": one for one in known.values()}


NAMED = named_things()


@pytest.mark.parametrize("name", NAMED)
def test_what_has_a_name_is_documented(name: str) -> None:
    """Arguments that all layers, or all optimizers, take are described once, at their base class."""
    thing = NAMED[name]
    arguments = parameters_of(thing) if inspect.isclass(thing) else inspect.signature(thing).parameters
    bases = [base for base in (Layer, Optimizer) if inspect.isclass(thing) and issubclass(thing, base)]
    of_all = {name for base in bases if base is not thing for name in parameters_of(base)}
    is_documented(thing, set(arguments) - of_all)


def test_layers_have_the_name_of_tfjs_and_of_their_class() -> None:
    for name, cls in LAYERS.declared.items():
        names = [one for one, found in PUBLIC.items() if found is cls]
        assert issubclass(cls, Model) or names
        assert all(getattr(glbackend.layers, one) is cls for one in (name, *names) if names)


METHODS = {
    f"{cls.__name__}.{name}": one
    for cls in (Weighted, Layer, Model, Summarized, Sequential, Optimizer)
    for name, one in vars(cls).items()
    if callable(one) and not name.startswith("_") and not any(hasattr(base, name) for base in cls.__bases__)
}


INNER = {  # TF.js has none of these
    "recipe", "make", "named_weights", "positive", "share", "ensure_built",
    "restore", "knows", "slots", "slots_of", "slot_starts", "numbers", "rate_at", "decays",
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_models_layers_and_optimizers_are_documented(name: str) -> None:
    arguments = set(inspect.signature(METHODS[name]).parameters) - {"self"}
    is_documented(METHODS[name], arguments, inner=name.rpartition(".")[2] in INNER)


def of_data() -> dict[str, Any]:
    """The functions and classes of `gl.data`, and the methods and properties of its classes."""
    found = {name: getattr(glbackend.data, name) for name in glbackend.data.__all__}
    found = {name: one for name, one in found.items() if callable(one) and one is not TensorSpec}
    for cls in [one for one in found.values() if inspect.isclass(one)] + [Ordering, Pipeline, Pass]:
        found |= {
            f"{cls.__name__}.{name}": one.fget if isinstance(one, property) else getattr(cls, name)
            for name, one in vars(cls).items()
            if not name.startswith("_") and (callable(one) or isinstance(one, property | staticmethod))
        }
    return found


DATA = of_data()


@pytest.mark.parametrize("name", DATA)
def test_what_reads_data_is_documented(name: str) -> None:
    plain = inspect.isclass(DATA[name]) and issubclass(DATA[name], Pass | tuple)  # not made by users
    is_documented(
        DATA[name], set() if plain else set(inspect.signature(DATA[name]).parameters) - {"self"}, inner=plain
    )


def test_help_shows_every_option_of_a_layer_with_its_default() -> None:
    shown = pydoc.render_doc(glbackend.layers.lstm, renderer=pydoc.plaintext)
    for cls in (RNN, LSTMCell, Layer):
        for name, one in parameters_of(cls).items():
            if name != "cell":
                assert f"{name}: " in shown and str(one) in shown, name


def test_a_layer_reads_in_one_sitting() -> None:
    """At most 45 lines with its words: those with something on them, a list of arguments being one."""
    large = {}
    for cls in set(PUBLIC.values()):
        lines = textwrap.dedent(inspect.getsource(cls)).splitlines()
        (tree,) = ast.parse("\n".join(lines)).body
        assert isinstance(tree, ast.ClassDef)
        count = sum(1 for one in lines[tree.lineno - 1 :] if one.strip())
        for one in tree.body:
            if isinstance(one, ast.FunctionDef):
                count -= one.body[0].lineno - one.lineno - 1
        if count > 45:
            large[cls.__name__] = count
    assert not large


def test_there_is_no_second_list_of_layers() -> None:
    """The facade is generated from `@layer`; nowhere else stand more than a few classes side by side."""
    names = {cls.__name__ for cls in PUBLIC.values()}
    for path in PYTHON:
        if path != PACKAGE / "layers" / "__init__.py" and "cases" not in path.parts:
            text = path.read_text()
            if len(names.intersection(re.findall(r"\w+", text))) <= 6:
                continue  # parsing takes longer
            tree = ast.parse(text)
            used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & names
            made = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
            assert len(used - made) <= 6, (path, used)


def test_facade_names_every_op() -> None:
    for name in OPS:
        space, _, short = name.rpartition(".")
        where = getattr(glbackend, space) if space else glbackend
        assert getattr(where, short) is OPS[name], f"gl.{name}"


def test_generated_files_are_up_to_date() -> None:
    stale = [path for path, text in generate.files().items() if path.read_text() != text]
    assert not stale, "run python -m tools.generate"
