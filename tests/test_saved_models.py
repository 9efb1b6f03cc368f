"""SavedModels of TensorFlow and Keras give what those give (`tools/saved_model_goldens.py`), on both backends."""

import contextlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import (
    ArgumentError,
    DisposedError,
    MissingPackageError,
    ModelFormatError,
    ShapeError,
)
from glbackend.formats.graph_model.nodes import Function, GraphNode, Ref, Topology
from glbackend.formats.saved_model import messages
from glbackend.formats.saved_model.bundle import Bundle
from glbackend.formats.saved_model.checksum import BLOCK_WORDS, crc32c
from glbackend.formats.saved_model.inlining import check_effort
from glbackend.formats.saved_model.sstable import read_table
from glbackend.serving import Service
from tests import saved_models
from tools.saved_model_samples import numbers

NEW = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "new2026"
EXPORTS = sorted(one.parent.name for one in NEW.glob("*/saved_model")) if NEW.is_dir() else []


def outputs_of(model: Any, fed: dict[str, Any]) -> dict[str, Any]:
    """What a signature gives, by name."""
    found = model.predict(fed)
    named = found if isinstance(found, dict) else {model.outputs[0].name: found}
    return {name: one.numpy() for name, one in named.items()}


def assert_given(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sorted(found) == sorted(wanted)
    for name, one in wanted.items():
        if one.dtype.kind == "U":
            np.testing.assert_array_equal(found[name].astype(str), one, err_msg=name)
        else:
            assert found[name].shape == one.shape, name
            np.testing.assert_allclose(found[name], one, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", saved_models.names())
def test_what_tensorflow_gives(name: str, backend: str, tmp_path: Path) -> None:
    """Each call of each signature, in the order in which TensorFlow was asked: variables count on."""
    model = gl.load_model(saved_models.unpacked(name, tmp_path))
    assert isinstance(model, gl.SavedModel)
    for call in saved_models.calls(name):
        assert_given(outputs_of(model.signatures[call.signature], call.fed), call.given)
    model.dispose()


@pytest.mark.skipif(not EXPORTS, reason="../shared/fixtures/new2026 is not beside this checkout")
@pytest.mark.parametrize("name", EXPORTS)
def test_exports_of_keras(name: str, backend: str) -> None:
    """Models of Keras 3.15 as `model.export` writes them, and a module by TensorFlow 2.21."""
    about = json.loads((NEW / "index.json").read_text())["models"]
    entry = next(one for one in about if one["name"] == name)
    with np.load(NEW / name / "io.npz") as arrays:
        data = dict(arrays)
    model = gl.load_saved_model(NEW / name / "saved_model")
    found = outputs_of(model, {what: data[key] for key, what in entry["inputs"].items()})
    wanted = {what: data[key] for key, what in entry["outputs"].items()}
    if len(wanted) == 1:  # the index has the name of the layer
        wanted = dict(zip(found, wanted.values(), strict=True))
    assert_given(found, wanted)
    if name == "saved_model_module":
        seen = outputs_of(model.signatures["look"], {"colours": data["look_in"]})
        assert_given(seen, {"ids": data["look_out_ids"], "len": data["look_out_len"]})
        assert [model.signatures["count"].predict(by).item() for by in (3, 4)] == [3, 7]
        np.testing.assert_array_equal(model.weights["w"].numpy(), data["var_w"])
    model.dispose()


def test_signatures(tmp_path: Path) -> None:
    """Each by its name, over the same variables; the default one is what the model itself runs."""
    model = gl.load_saved_model(saved_models.unpacked("module", tmp_path))
    assert list(model.signatures) == ["count", "counted", "picked", "serving_default"]
    assert repr(model) == (
        "<SavedModel 'x' (float32 [any, 3]) -> 'class' (int32 [any]), 'hidden' (float32 [any, 4]), "
        "'top' (float32 [any, 4]), <Signatures 'count', 'counted', 'picked', 'serving_default'>>"
    )
    counted = gl.load_saved_model(tmp_path / "module", signature="counted")
    assert [one.name for one in counted.inputs] == ["x"]
    assert sorted(model.weights) == [
        "Variable",
        "Variable_1",
        "Variable_10",
        "Variable_5",
        "Variable_8",
        "Variable_9",
    ]
    assert model.metadata == {"tensorflow": "2.21.0"}
    model.signatures["count"].predict(5)
    sums = [one.signatures["counted"].predict([1, 2]).numpy().tolist() for one in (model, counted)]
    assert sums == [[6, 7], [1, 2]]  # each model has variables of its own
    with pytest.raises(KeyError, match="there is no signature 'other': 'count', "):
        model.signatures["other"]
    with pytest.raises(ArgumentError, match="has no signature 'other', but 'count', 'counted', "):
        gl.load_saved_model(tmp_path / "module", signature="other")
    count = model.signatures["count"]
    model.dispose()
    with pytest.raises(DisposedError):
        count.predict(1)
    counted.dispose()


def test_inputs_that_do_not_fit(tmp_path: Path) -> None:
    model = gl.load_saved_model(saved_models.unpacked("flow", tmp_path))
    x = np.zeros((2, 3), np.float32)
    with pytest.raises(
        ArgumentError, match=r"keeps no order of its inputs, give a dict: 'rounds' \(int32 \[\]\), 'x'"
    ):
        model.predict([3, x])
    with pytest.raises(ArgumentError, match=r"no value is given for the input 'rounds' \(int32 \[\]\)"):
        model.predict({"x": x})
    with pytest.raises(ArgumentError, match="there is no input 'y'"):
        model.predict({"x": x, "y": x})
    with pytest.raises(ShapeError, match=r"input 'x' \(float32 \[any, 3\]\) was given float32\[3, 2\]"):
        model.predict({"x": x.T, "rounds": 1})
    model.dispose()


def test_what_never_changes_is_a_plan_on_the_device(tmp_path: Path) -> None:
    """Functions stand in the place of their calls, variables are constants: an export is one Graph."""
    model = gl.load_saved_model(saved_models.unpacked("cnn", tmp_path))
    call = saved_models.calls("cnn")[0]
    model.predict(call.fed)
    assert [plan is not None for plan in model._plans.values()] == [True]
    model.dispose()


def test_damage_is_named(tmp_path: Path) -> None:
    """By the checksum of a variable, when the model is loaded."""
    folder = saved_models.unpacked("flow", tmp_path)
    shard = folder / "variables" / "variables.data-00000-of-00001"
    text = bytearray(shard.read_bytes())
    text[5] ^= 1
    shard.write_bytes(bytes(text))
    with pytest.raises(
        ModelFormatError, match=r"flow: variables: 'w/.ATTRIBUTES/VARIABLE_VALUE' does not have its checksum"
    ):
        gl.load_saved_model(folder)
    shard.write_bytes(bytes(text[:9]))
    with pytest.raises(ModelFormatError, match=r"variables.data-00000-of-00001 is cut off: '.*' lies at"):
        gl.load_saved_model(folder)
    shard.unlink()
    with pytest.raises(ModelFormatError, match=r"there is no file 'variables/variables.data-00000-of-00001'"):
        gl.load_saved_model(folder)
    (folder / "saved_model.pb").unlink()
    with pytest.raises(ModelFormatError, match=r"is no SavedModel: it holds .*, and no saved_model.pb"):
        gl.load_saved_model(folder)


def test_the_checkpoint_of_tensorflow_1(tmp_path: Path) -> None:
    """Two shards, and variables in slices: whole, a slice as it is stored, and one across two of those."""
    folder = saved_models.unpacked("old", tmp_path) / "variables"
    assert sorted(one.suffix for one in folder.iterdir()) == [
        ".data-00000-of-00002",
        ".data-00001-of-00002",
        ".index",
    ]
    bundle = Bundle(lambda name: folder / name, "variables")
    assert sorted(bundle.names()) == ["bias", "columns", "rows", "steps"]
    rows = numbers(6, 4)
    np.testing.assert_array_equal(bundle.tensor("rows"), rows)
    np.testing.assert_array_equal(bundle.tensor("rows", ((2, 2), (0, -1))), rows[2:4])
    np.testing.assert_array_equal(bundle.tensor("rows", ((1, 4), (1, 2))), rows[1:5, 1:3])
    np.testing.assert_array_equal(bundle.tensor("columns"), numbers(4, 5, seed=1))
    with pytest.raises(ModelFormatError, match="a slice of 'rows' lies outside of its shape"):
        bundle.tensor("rows", ((5, 2), (0, -1)))
    with pytest.raises(ModelFormatError, match="there is no tensor 'other' in the checkpoint"):
        bundle.tensor("other")


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    """Neither by an asset's name nor by a link."""
    folder = saved_models.unpacked("words", tmp_path)
    graph = (folder / "saved_model.pb").read_bytes()
    (tmp_path / "secret").write_text("password\n")
    # the name of the asset, by one of as many bytes
    (folder / "saved_model.pb").write_bytes(graph.replace(b"colours.txt", b"/../../secr"))
    with pytest.raises(ModelFormatError, match="leads out of the folder, where nothing is read"):
        gl.load_saved_model(folder)
    (folder / "saved_model.pb").write_bytes(graph)
    (folder / "assets" / "colours.txt").unlink()
    (folder / "assets" / "colours.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(ModelFormatError, match="leads out of the folder, where nothing is read"):
        gl.load_saved_model(folder)
    (folder / "assets" / "colours.txt").unlink()
    with pytest.raises(ModelFormatError, match=r"there is no file 'assets/colours.txt'"):
        gl.load_saved_model(folder)


def test_without_protobuf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error says the line to type."""
    folder = saved_models.unpacked("flow", tmp_path)
    messages._classes.cache_clear()
    monkeypatch.setitem(sys.modules, "google.protobuf.descriptor_pb2", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'glbackend\[tensorflow\]'"):
        gl.load_saved_model(folder)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 63, 64, 4 * BLOCK_WORDS - 1, 4 * BLOCK_WORDS + 9])
def test_checksums(count: int) -> None:
    """Against the definition, a bit at a time."""
    text = np.random.default_rng(count).bytes(count)
    register = 0xFFFFFFFF
    table = [_shifted(byte) for byte in range(256)]
    for byte in text:
        register = register >> 8 ^ table[(register ^ byte) & 0xFF]
    assert crc32c(text) == register ^ 0xFFFFFFFF


def _shifted(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ 0x82F63B78 * (byte & 1)
    return byte


def snappy(text: bytes) -> bytes:
    """Compressed as Snappy may: a literal, and for what repeats copies with offsets of one, two and four bytes."""
    assert text.startswith(b"\0") or len(text) > 4
    size = len(text)
    head = bytes([size & 0x7F | 0x80, size >> 7]) if size > 0x7F else bytes([size])
    made, place = bytearray(head), 0
    while place < size:
        seen = text[:place].rfind(text[place : place + 4]) if place + 4 <= size else -1
        if seen < 0:
            made += bytes([0, text[place]])
            place += 1
            continue
        back = place - seen
        if back < 1 << 11:
            made += bytes([1 | back >> 8 << 5, back & 0xFF])
        elif place % 2:
            made += bytes([3 << 2 | 2]) + back.to_bytes(2, "little")
        else:
            made += bytes([3 << 2 | 3]) + back.to_bytes(4, "little")
        place += 4
    return bytes(made)


def test_tables_of_compressed_blocks() -> None:
    """TensorFlow reads those, and writes none."""
    pairs = {f"layer/{i % 7}/kernel/{i:04d}".encode(): bytes([i % 251]) * (i % 9) for i in range(700)}
    assert read_table(saved_models.table_of(pairs), "plain") == pairs
    assert read_table(saved_models.table_of(pairs, 1, snappy), "packed") == pairs
    with pytest.raises(ModelFormatError, match="compressed in a way that is not known, 7"):
        read_table(saved_models.table_of(pairs, 7), "other")
    for number in range(300):  # one byte of a compressed block is another
        dice = random.Random(number)

        def spoilt(block: bytes, dice: random.Random = dice) -> bytes:
            made = bytearray(snappy(block))
            made[dice.randrange(len(made))] = dice.randrange(256)
            return bytes(made)

        with contextlib.suppress(ModelFormatError):
            read_table(saved_models.table_of(pairs, 1, spoilt), "damaged")


def test_served(tmp_path: Path, backend: str) -> None:
    """A folder with versions, over TensorFlow Serving's REST; what counts is neither warmed up nor padded."""
    saved_models.unpacked("module", tmp_path).rename(tmp_path / "1")
    service = Service({"m": tmp_path}, poll=0)
    try:
        assert service.failures() == {}
        call = saved_models.calls("module")[0]

        def ask(body: Any) -> Any:
            answer = service.answer("POST", "/v1/models/m:predict", json.dumps(body).encode())
            assert answer.status == 200, answer.body
            return json.loads(answer.body)

        found = ask({"instances": call.fed["x"].tolist()})["predictions"]
        np.testing.assert_allclose([one["top"] for one in found], call.given["top"], rtol=1e-4, atol=1e-5)
        sums = [ask({"signature_name": "count", "inputs": {"by": by}})["outputs"] for by in (2, 5)]
        assert sums == [2, 7]
        picked = ask({"signature_name": "picked", "inputs": {"picks": [2, 0]}})["outputs"]
        assert picked["words"] == ["gämma, with a comma", "alpha"]
    finally:
        service.close()


def test_nothing_runs_for_long_while_a_model_loads() -> None:
    """Loops, and functions that call each other without an end or too often."""
    call, leaf = (GraphNode(name, "PartitionedCall", attrs={"f": "f0"}) for name in ("a", "b"))
    functions = {
        f"f{i}": Function(f"f{i}", (), {
            one: GraphNode(one, "PartitionedCall", attrs={"f": f"f{i + 1}"}) for one in ("a", "b")
        }, ())
        for i in range(30)
    }  # fmt: skip
    functions["f30"] = Function("f30", (), {"c": GraphNode("c", "NoOp")}, ())
    with pytest.raises(ModelFormatError, match="calls functions too often"):
        check_effort(Topology({"a": call}, functions), Ref("a"))
    functions["f30"].nodes["b"] = leaf
    with pytest.raises(ModelFormatError, match="function 'f0' calls itself"):
        check_effort(Topology({"a": call}, functions), Ref("a"))
    with pytest.raises(ModelFormatError, match="a loop is not run while a model loads"):
        check_effort(Topology({"w": GraphNode("w", "While")}, {}), Ref("w"))


def test_graph_models_are_served(tmp_path: Path, backend: str) -> None:
    """With the names of their inputs and outputs, as layers models are."""
    gl.save_graph_model(lambda x: {"sum": x.sum(1), "twice": x * 2}, tmp_path, [None, 3])
    service = Service({"m": tmp_path}, poll=0)
    try:
        assert service.failures() == {}
        body = json.dumps({"instances": [[1, 2, 3], [4, 5, 6]]}).encode()
        answer = service.answer("POST", "/v1/models/m:predict", body)
        rows = json.loads(answer.body)["predictions"]
        assert rows == [{"sum": 6.0, "twice": [2.0, 4.0, 6.0]}, {"sum": 15.0, "twice": [8.0, 10.0, 12.0]}]
    finally:
        service.close()


def test_models_without_signatures(tmp_path: Path) -> None:
    """And files that hold no model at all."""
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(ModelFormatError, match="has no graph with the tags 'serve': there is no graph"):
        gl.load_model(tmp_path)
    # a graph of one node, x (NoOp)
    (tmp_path / "saved_model.pb").write_bytes(b"\x12\x0d\x12\x0b\x0a\x09\x0a\x01x\x12\x04NoOp")
    with pytest.raises(ModelFormatError, match="has no signatures"):
        gl.load_model(tmp_path)
    dims = b"\x12\x00" * 300
    shape = b"\x3a" + bytes([len(dims) & 0x7F | 0x80, len(dims) >> 7]) + dims
    with pytest.raises(ModelFormatError, match="a shape has 300 dims"):
        messages.plain(messages.parse("Attr", shape, "an attr"), "Attr")
