"""Models at addresses, by a server on 127.0.0.1 that has the faults of real ones."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import (
    ArgumentError,
    FetchError,
    MissingPackageError,
    ModelFormatError,
    UnreachableError,
)
from glbackend.io import ModelArtifacts, load_artifacts, save_artifacts, web
from glbackend.io.fetching import Remote
from tests.test_io_bad_files import plainly_named
from tests.web_server import Fault, Site, serving

VALUES = np.arange(10_000, dtype=np.float32)
SHARDS = 8


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, and retries that do not wait long."""
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(web, "FIRST_WAIT_SECONDS", 0.001)
    return tmp_path / "cache" / "models"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with serving(site):
        yield site


def put(site: Site, folder: Path, shift: float = 0.0, *, named: bool = False, under: str = "/m") -> None:
    """A model in eight shards, named as the converter does; `named`: by their content, as we do."""
    shutil.rmtree(folder, ignore_errors=True)
    artifacts = ModelArtifacts({"class_name": "Sequential", "config": {}}, {"w": VALUES + np.float32(shift)})
    save_artifacts(artifacts, folder, shard_bytes=VALUES.nbytes // SHARDS)
    if not named:
        plainly_named(folder)
    site.put(folder, under)


@pytest.fixture
def model(site: Site, tmp_path: Path) -> str:
    """The address of a model."""
    put(site, tmp_path / "source")
    return f"{site.url}/m"


def shift_of(source: Any) -> float:
    """By how much the weights that are loaded differ from VALUES; all by the same."""
    differences = set((load_artifacts(source).weights["w"] - VALUES).tolist())
    assert len(differences) == 1, "weights of two models"
    return float(differences.pop())


def shard(number: int) -> str:
    return f"/m/group1-shard{number}of{SHARDS}.bin"


def test_a_model_comes_and_is_asked_about_again(site: Site, model: str) -> None:
    assert shift_of(model) == 0
    assert len(site.requests) == 1 + SHARDS
    site.requests.clear()
    assert shift_of(model) == shift_of(f"{model}/") == shift_of(f"{model}/model.json") == 0
    assert [status for _, _, status in site.requests] == [304] * 3 * (1 + SHARDS)
    assert [kept.name for kept in gl.models_cache.list()] == [model]


def test_layers_models_graph_models_and_single_files(site: Site, tmp_path: Path) -> None:
    net = gl.sequential([gl.layers.dense(units=3, input_shape=[2], name="d")])
    x = gl.tensor([[1.0, -2.0]])
    net.save(tmp_path / "s" / "layers")
    gl.save_graph_model(net, tmp_path / "s" / "graph")
    net.save(tmp_path / "s" / "net.keras")
    net.save_weights(tmp_path / "s" / "net.safetensors")
    site.put(tmp_path / "s")
    wanted = net.predict(x).numpy()
    fractions: list[float] = []
    loaded = [
        gl.load_layers_model(f"{site.url}/layers"),
        gl.load_model(f"{site.url}/layers/model.json"),
        gl.load_graph_model(f"{site.url}/graph", on_progress=fractions.append),
        gl.load_graph_model(f"{site.url}/graph", keep_quantized=True),
        gl.load_graph_model(f"{site.url}/graph", from_tfhub=True),
        gl.load_model(f"{site.url}/graph"),
        gl.load_model(f"{site.url}/net.keras"),
    ]
    for one in loaded:
        np.testing.assert_allclose(one.predict(x).numpy(), wanted, rtol=1e-6)
    assert fractions == [1.0]
    other = gl.sequential([gl.layers.dense(units=3, input_shape=[2], name="d")])
    other.load_weights(f"{site.url}/net.safetensors")
    np.testing.assert_allclose(other.predict(x).numpy(), wanted, rtol=1e-6)
    assert [kept.name.removeprefix(site.url) for kept in gl.models_cache.list()] == [
        "/graph", "/graph?tfjs-format=file", "/layers", "/net.keras", "/net.safetensors",
    ]  # fmt: skip


def test_onnx_files_come_too(site: Site) -> None:
    onnx = pytest.importorskip("onnx")
    value = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["N"]) for name in "xy"]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Neg", ["x"], ["y"])], "g", value[:1], value[1:])
    site.files["/neg.onnx"] = onnx.helper.make_model(graph).SerializeToString()
    for load in (gl.load_model, gl.load_onnx_model):
        assert load(f"{site.url}/neg.onnx").predict({"x": [1.0]}).numpy().tolist() == [-1.0]


def test_onnx_files_with_external_data(site: Site, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    value = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1000]) for name in "xy"]
    weights = onnx.numpy_helper.from_array(np.arange(1000, dtype=np.float32), "w")
    add = onnx.helper.make_node("Add", ["x", "w"], ["y"])
    graph = onnx.helper.make_graph([add], "g", value[:1], value[1:], [weights])
    (tmp_path / "n" / "data").mkdir(parents=True)
    told = {"save_as_external_data": True, "location": "data/add.bin"}
    onnx.save_model(onnx.helper.make_model(graph), str(tmp_path / "n" / "add.onnx"), **told)
    site.put(tmp_path / "n", "/n")
    source = gl.io.http(f"{site.url}/n/add.onnx", files=["data/add.bin"])
    for load in (gl.load_onnx_model, gl.load_model):
        assert load(source).predict({"x": np.ones(1000, np.float32)}).numpy()[-1] == 1000
    assert [status for _, _, status in site.requests] == [200, 200, 304, 304]
    with pytest.raises(ModelFormatError, match="leaves the model's folder"):
        gl.io.http(f"{site.url}/n/add.onnx", files=["../add.bin"])


def test_further_files_beside_a_model(site: Site, model: str) -> None:
    site.files["/m/labels.txt"] = b"zero\none\n"
    source = gl.io.http(model, files=["labels.txt"])
    assert shift_of(source) == 0
    assert (gl.models_cache.path(model).parent / "labels.txt").read_bytes() == b"zero\none\n"


def test_shards_come_side_by_side(site: Site, model: str) -> None:
    """Each request for a shard waits until all eight are there: one after another none would be answered."""
    site.gather = threading.Barrier(SHARDS, timeout=60)
    assert shift_of(model) == 0
    assert not site.gather.broken and site.most_at_once == SHARDS


def test_not_more_at_once_than_asked_for(site: Site, model: str) -> None:
    site.delay = 0.01
    assert shift_of(gl.io.http(model, workers=2)) == 0
    assert site.most_at_once <= 2


@pytest.mark.parametrize("validators", ["etag", "modified"])
def test_a_cut_file_goes_on_where_it_broke_off(site: Site, model: str, validators: str) -> None:
    site.etags, site.modified = validators == "etag", validators == "modified"
    site.faults[shard(3)] = [Fault(times=1, cut=1000), Fault(times=1, cut=2000)]
    assert shift_of(model) == 0
    ranges = [heads.get("Range") for heads in site.asked(shard(3))]
    assert ranges == [None, "bytes=1000-", "bytes=3000-"]


def test_a_cut_file_begins_anew_where_nothing_tells_whose_it_is(site: Site, model: str) -> None:
    site.etags = False
    site.faults[shard(3)] = [Fault(times=1, cut=1000)]
    assert shift_of(model) == 0
    assert [heads.get("Range") for heads in site.asked(shard(3))] == [None, None]


def test_a_file_that_changed_since_the_cut_begins_anew(site: Site, model: str, tmp_path: Path) -> None:
    site.faults[shard(3)] = [Fault(times=1, cut=1000), Fault(status=503)]
    with pytest.raises(UnreachableError):
        load_artifacts(model)
    site.faults.clear()
    put(site, tmp_path / "source", 1.0)
    assert shift_of(model) == 1
    assert "Range" in site.asked(shard(3), 200)[-1]


def test_a_server_without_ranges_gives_the_whole_again(site: Site, model: str) -> None:
    site.faults[shard(3)] = [Fault(times=1, cut=1000, ranges=False), Fault(ranges=False)]
    assert shift_of(model) == 0


def test_a_part_that_was_not_asked_for_is_not_taken(site: Site, model: str) -> None:
    wrong = {"Content-Range": "bytes 7-9/10"}
    site.faults[shard(3)] = [Fault(times=1, cut=1000), Fault(times=1, headers=wrong)]
    assert shift_of(model) == 0
    assert [heads.get("Range") for heads in site.asked(shard(3))] == [None, "bytes=1000-", None]


@pytest.mark.parametrize(
    "fault", [Fault(2, status=500), Fault(2, status=429, headers={"Retry-After": "0"}), Fault(2, cut=0)]
)
def test_faults_that_pass_are_waited_for(site: Site, model: str, fault: Fault) -> None:
    site.faults = {"/m/model.json": [fault]}
    assert shift_of(model) == 0
    assert len(site.asked("model.json")) == 3


def test_faults_that_stay_are_given_up(site: Site, model: str) -> None:
    site.faults[shard(2)] = [Fault(status=503)]
    with pytest.raises(UnreachableError, match=r"shard2of8.bin: HTTP 503 \(5 attempts\)"):
        load_artifacts(model)
    assert not gl.models_cache.list()
    site.faults.clear()
    site.requests.clear()
    assert shift_of(model) == 0
    assert len(site.asked(".bin", 304)) == len(site.asked(".bin")) - len(site.asked(".bin", 200))
    assert len(site.asked(shard(2), 200)) == 1


def test_no_answer_within_the_time(site: Site, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_TRIES_IN_VAIN", 2)
    site.faults["/m/model.json"] = [Fault(hang=0.5)]
    with pytest.raises(UnreachableError, match="ReadTimeout"):
        load_artifacts(gl.io.http(model, timeout=0.05))


@pytest.mark.parametrize("status, error, words", [
    (404, FileNotFoundError, "no file at .*model.json: the server answers 404"),
    (410, FileNotFoundError, "answers 410"),
    (401, FetchError, "headers="),
    (418, FetchError, "HTTP 418"),
    (206, UnreachableError, "not asked for"),
])  # fmt: skip
def test_refusals(site: Site, model: str, status: int, error: type[Exception], words: str) -> None:
    site.faults["/m/model.json"] = [Fault(status=status)]
    with pytest.raises(error, match=words):
        load_artifacts(model)


def test_an_answer_that_nobody_asked_for(site: Site, model: str) -> None:
    """ "Not modified", where nothing was told that could have been."""
    site.etags = False
    load_artifacts(model)
    site.faults[shard(4)] = [Fault(status=304)]
    with pytest.raises(FetchError, match="HTTP 304"):
        load_artifacts(model)


def test_what_a_lying_server_left_does_not_stay(site: Site, model: str) -> None:
    """A short file under the right ETag, and another that fails: the next load begins anew."""
    site.faults = {shard(2): [Fault(length=0)], shard(5): [Fault(status=503)]}
    with pytest.raises(UnreachableError):
        load_artifacts(gl.io.http(model, workers=1))
    site.faults.clear()
    assert shift_of(model) == 0


def test_a_page_instead_of_the_file(site: Site, model: str) -> None:
    site.faults[shard(4)] = [Fault(headers={"Content-Type": "text/html; charset=utf-8"})]
    with pytest.raises(ModelFormatError, match="HTML page"):
        load_artifacts(model)


@pytest.mark.parametrize("fault, words", [
    (Fault(extra=b"x" * 5000), "too long, the server gives"),
    (Fault(extra=b"x" * 5000, length=-1), "too long, the server gives"),  # in chunks, without a word
    (Fault(length=1 << 50), "too long, the server gives 1,125,899,906,8"),
])  # fmt: skip
def test_too_much_is_refused_before_it_is_kept(
    site: Site, model: str, cache: Path, fault: Fault, words: str
) -> None:
    site.faults[shard(5)] = [fault]
    with pytest.raises(ModelFormatError, match=words):
        load_artifacts(model)
    assert not [path for path in cache.rglob("*") if path.suffix == ".bin"]


def test_too_little_is_said(site: Site, model: str) -> None:
    site.files[shard(5)] = b"short"
    with pytest.raises(ModelFormatError, match="too short, 35,005 bytes where its weights need 40,000"):
        load_artifacts(model)


def test_a_server_that_promises_more_than_it_gives(
    site: Site, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.faults[shard(5)] = [Fault(length=5000 + 7, ranges=False)]
    with pytest.raises(ModelFormatError, match="too long"):
        load_artifacts(model)
    site.faults["/m/model.json"] = [Fault(length=100_000, ranges=False)]
    with pytest.raises(UnreachableError, match="RemoteProtocolError"):
        load_artifacts(model)


def test_limits_of_the_users_own(site: Site, model: str) -> None:
    with pytest.raises(ModelFormatError, match="weights take 40,000 bytes, at most 10,000"):
        load_artifacts(gl.io.http(model, max_bytes=10_000))
    with pytest.raises(ModelFormatError, match="at most 100 belong"):
        load_artifacts(gl.io.http(model, max_bytes=100))
    assert not site.asked(".bin")


def test_bytes_that_are_packed_on_the_way(site: Site, model: str) -> None:
    import gzip

    raw = site.files["/m/model.json"]
    site.files["/m/model.json"] = gzip.compress(raw)
    site.faults["/m/model.json"] = [Fault(headers={"Content-Encoding": "gzip"})]
    assert shift_of(model) == 0
    assert site.asked("model.json")[0]["Accept-Encoding"] == "identity"


def test_wrong_hashes(site: Site, model: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match=r"has the hash .* not 00ff: refused"):
        load_artifacts(gl.io.http(model, sha256="00ff"))
    assert not gl.models_cache.list()
    load_artifacts(model)
    (kept,) = gl.models_cache.list()
    content = kept.versions[0].content
    assert shift_of(gl.io.http(model, sha256=content.upper())) == 0
    put(site, tmp_path / "source", 1.0)
    site.requests.clear()
    assert shift_of(gl.io.http(model, sha256=content)) == 0, "what is wanted is in the cache"
    assert not site.requests
    assert shift_of(model) == 1
    assert shift_of(gl.io.http(model, sha256=content)) == 0
    with pytest.raises(ModelFormatError, match=r"version 2 .* in the cache"):
        load_artifacts(gl.io.http(model, sha256="00ff", update=False))


def test_a_name_that_tells_another_content(site: Site, tmp_path: Path) -> None:
    put(site, tmp_path / "source", named=True)
    path = next(path for path in site.files if "shard4of8-" in path)
    site.files[path] = site.files[path][:-1] + b"!"
    with pytest.raises(ModelFormatError, match=r"damaged: its content has the hash .* its name says"):
        load_artifacts(f"{site.url}/m")


def test_content_is_what_sha256sum_tells(site: Site, model: str, tmp_path: Path) -> None:
    load_artifacts(model)
    told = subprocess.run(
        "sha256sum $(ls | LC_ALL=C sort) | sha256sum",
        shell=True,
        cwd=tmp_path / "source",
        capture_output=True,
        text=True,
    )
    assert told.stdout.split()[0] == gl.models_cache.list()[0].versions[0].content


def test_redirects_are_followed_within_limits(site: Site, model: str) -> None:
    site.faults["/m/model.json"] = [Fault(status=302, headers={"Location": "/n/model.json"})]
    site.files["/n/model.json"] = site.files["/m/model.json"]
    assert shift_of(model) == 0
    assert site.asked("/n/model.json") and site.asked(shard(1))
    for path in ("/m", "/n"):
        site.faults[f"{path}/model.json"] = [Fault(status=307, headers={"Location": "/n/model.json"})]
    with pytest.raises(FetchError, match="more than 10 redirects"):
        load_artifacts(gl.io.http(model, name="other"))


@pytest.mark.parametrize("start, target", [("https", "http://b/model.json"), ("http", "file:///etc/passwd")])
def test_redirects_that_lead_down_are_refused(start: str, target: str) -> None:
    answered = httpx.MockTransport(lambda request: httpx.Response(302, headers={"Location": target}))
    with (
        httpx.Client(transport=answered) as client,
        pytest.raises(FetchError, match=r"file|refused"),
    ):
        load_artifacts(gl.io.http(f"{start}://a/m", client=client))


def test_headers_go_to_their_host_alone(site: Site, model: str) -> None:
    other = Site(files=dict(site.files))
    with serving(other):
        site.faults[shard(1)] = [Fault(status=302, headers={"Location": f"{other.url}{shard(1)}"})]
        assert shift_of(gl.io.http(model, headers={"X-Token": "secret"})) == 0
        assert site.asked("model.json")[0]["X-Token"] == "secret"
        assert "X-Token" not in other.asked(shard(1))[0]


def test_passwords_are_used_and_not_told(site: Site, model: str, cache: Path) -> None:
    place = model.replace("http://", "http://me:secret@")
    assert shift_of(place) == 0
    assert site.asked("model.json")[0]["Authorization"].startswith("Basic ")
    assert gl.models_cache.list()[0].name == model
    site.faults["/m/model.json"] = [Fault(status=403)]
    with pytest.raises(FetchError) as caught:
        load_artifacts(place)
    assert "secret" not in str(caught.value)
    assert not [path for path in cache.rglob("*.json") if "secret" in path.read_text()]


def test_a_query_goes_with_every_file(site: Site, model: str) -> None:
    assert shift_of(f"{model}/model.json?v=2") == 0
    assert gl.models_cache.list()[0].name == f"{model}?v=2"


@pytest.mark.parametrize(
    "path", ["../x.bin", "/etc/passwd", "a/../../x.bin", "http://127.0.0.1:1/x.bin", "C:\\x.bin", "..\\x.bin"]
)
def test_manifests_that_lead_elsewhere(site: Site, model: str, cache: Path, path: str) -> None:
    """Files beside model.json are fetched, and no others: what a manifest says is not the user's word."""
    told = json.loads(site.files["/m/model.json"])
    told["weightsManifest"][0]["paths"][2] = path
    site.files["/m/model.json"] = json.dumps(told).encode()
    with pytest.raises(ModelFormatError, match="leaves the model's folder"):
        load_artifacts(model)
    assert len(site.requests) == 1 and not list(cache.rglob("x.bin"))


def test_names_mean_themselves(site: Site, model: str) -> None:
    """%2e%2e, ? and # in the name of a weight file are no way out of the folder, nor a query."""
    told = json.loads(site.files["/m/model.json"])
    odd = "%2e%2e/a?b#c é.bin"
    told["weightsManifest"][0]["paths"][2] = odd
    site.files["/m/model.json"] = json.dumps(told).encode()
    site.files["/m/%252e%252e/a%3Fb%23c%20%C3%A9.bin"] = site.files.pop(shard(3))
    assert shift_of(model) == 0


def test_manifests_that_name_too_much(site: Site, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glbackend.io.fetching.MOST_FILES", 7)
    with pytest.raises(ModelFormatError, match="names 8 weight files, at most 7"):
        load_artifacts(model)
    told = json.loads(site.files["/m/model.json"])
    for paths in (["./model.json"], ["a.bin", "./a.bin"], ["a//b.bin", "a/b.bin"]):
        told["weightsManifest"][0]["paths"] = paths
        site.files["/m/model.json"] = json.dumps(told).encode()
        with pytest.raises(ModelFormatError, match="names a weight file twice, or itself"):
            load_artifacts(model)
    for paths in (["a", "a/b.bin"], ["x" * 300]):
        told["weightsManifest"][0]["paths"] = paths
        site.files |= {f"/m/{path}": b"" for path in paths}
        site.files["/m/model.json"] = json.dumps(told).encode()
        with pytest.raises(ModelFormatError, match="no file here can be called"):
            load_artifacts(gl.io.http(model, workers=1))


def test_weights_from_elsewhere(site: Site, model: str) -> None:
    for number in range(1, SHARDS + 1):
        site.files[f"/far/{number}.bin"] = site.files[shard(number)]
        site.files[f"/near{shard(number)[2:]}"] = site.files.pop(shard(number))

    def convert(path: str) -> str:
        return f"/far/{path.split('shard')[1][0]}.bin"

    assert shift_of(gl.io.http(model, weight_url_converter=convert)) == 0
    for prefix in (f"{site.url}/near/", "/near", "../near"):
        assert shift_of(gl.io.http(model, weight_path_prefix=prefix)) == 0
    with pytest.raises(FetchError, match="cannot fetch file:///near"):
        load_artifacts(gl.io.http(model, weight_path_prefix="file:///near"))
    gl.models_cache.pin(model)
    with pytest.raises(FetchError, match="weights from elsewhere"):
        load_artifacts(gl.io.http(model, weight_url_converter=convert))


@pytest.mark.parametrize("load", [gl.load_layers_model, gl.load_graph_model])
def test_options_of_a_handler_hold_where_none_are_given(
    load: Callable[..., Any], site: Site, tmp_path: Path
) -> None:
    """Where its weights lie, and who is told how far it is."""
    net = gl.sequential([gl.layers.dense(units=3, input_shape=[2])])
    if load is gl.load_graph_model:
        gl.save_graph_model(net, tmp_path)
    else:
        net.save(tmp_path)
    site.put(tmp_path, "/m")
    for path in [one for one in site.files if one.endswith(".bin")]:
        site.files[path.replace("/m/", "/far/")] = site.files.pop(path)
    told: list[float] = []
    load(gl.io.http(f"{site.url}/m", weight_path_prefix="/far", on_progress=told.append)).dispose()
    assert told[-1] == 1


def test_saving_sends_a_form(site: Site) -> None:
    net = gl.sequential([gl.layers.dense(units=3, input_shape=[2])])
    net.save(f"{site.url}/upload")
    net.save(gl.io.http(f"{site.url}/upload", method="PUT", headers={"X-Token": "secret"}))
    assert site.requests[1][1]["X-Token"] == "secret"
    for body in site.posted:
        assert body.count(b"Content-Disposition: form-data") == 2
        assert b'filename="model.json"' in body and b'name="model.weights.bin"' in body
    with serving(Site()) as gone:
        pass
    with pytest.raises(UnreachableError, match="ConnectError"):
        net.save(gone)


def test_offline_from_the_cache(site: Site, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shift_of(model) == 0
    site.requests.clear()
    monkeypatch.setenv("GLBACKEND_OFFLINE", "1")
    assert shift_of(model) == 0
    assert not site.requests
    with pytest.raises(FetchError, match=r"is not in the cache .* GLBACKEND_OFFLINE is set"):
        load_artifacts(f"{site.url}/other")


def test_a_server_that_is_away(tmp_path: Path) -> None:
    site = Site()
    with serving(site):
        put(site, tmp_path / "source")
        assert shift_of(f"{site.url}/m") == 0
    with pytest.warns(UserWarning, match="Connect.*version 1, fetched .*, is loaded from the cache"):
        assert shift_of(f"{site.url}/m") == 0
    with pytest.raises(UnreachableError, match="Connect"):
        load_artifacts(f"{site.url}/other")


def test_a_model_that_was_removed_is_not_taken_from_the_cache(site: Site, model: str) -> None:
    load_artifacts(model)
    del site.files["/m/model.json"]
    with pytest.raises(FileNotFoundError):
        load_artifacts(model)
    assert shift_of(gl.io.http(model, update=False)) == 0


def test_a_new_version_that_is_half_there_leaves_the_old_one(site: Site, model: str, tmp_path: Path) -> None:
    assert shift_of(model) == 0
    put(site, tmp_path / "source", 1.0)
    site.faults[shard(6)] = [Fault(cut=100, ranges=False)]
    with pytest.warns(UserWarning, match="version 1"):
        assert shift_of(model) == 0
    site.faults[shard(6)] = [Fault(status=404)]
    with pytest.raises(FileNotFoundError):
        load_artifacts(model)
    assert shift_of(gl.io.http(model, update=False)) == 0
    site.faults.clear()
    assert shift_of(model) == 1
    assert [one.number for one in gl.models_cache.list()[0].versions] == [1, 2]


def test_a_server_that_is_given_a_new_version_meanwhile(site: Site, model: str, tmp_path: Path) -> None:
    """Half of the files were replaced when they were asked for: never a model of two versions."""
    assert shift_of(model) == 0
    put(site, tmp_path / "source", 1.0)

    def replace_all(path: str) -> None:
        if path.endswith(shard(5)):
            site.before = None
            put(site, tmp_path / "source", 2.0)

    site.before = replace_all
    told: list[float] = []
    assert shift_of(gl.io.http(model, workers=1, on_progress=told.append)) == 2
    assert [one.number for one in gl.models_cache.list()[0].versions] == [1, 2]
    assert told == sorted(told) and told[-1] == 1

    shifts = iter(range(3, 10_000))
    site.before = lambda path: (
        put(site, tmp_path / "source", next(shifts)) if path.endswith(shard(5)) else None
    )
    with pytest.warns(UserWarning, match="its files change while they are fetched: version 2"):
        assert shift_of(gl.io.http(model, workers=1)) == 2


def test_what_has_not_changed_is_not_fetched_again(site: Site, model: str, cache: Path) -> None:
    load_artifacts(model)
    changed = np.frombuffer(site.files[shard(1)], np.float32) + 0
    changed[:] = -1
    site.files[shard(1)] = changed.tobytes()
    site.requests.clear()
    weights = load_artifacts(model).weights["w"]
    assert (weights[: changed.size] == -1).all() and (weights[changed.size :] == VALUES[changed.size :]).all()
    assert len(site.asked(".bin", 200)) == 1
    (folder,) = cache.iterdir()
    assert os.path.samefile(folder / "v1" / shard(2)[3:], folder / "v2" / shard(2)[3:]), "linked, not copied"


@pytest.mark.parametrize("fault", ["announced", "while it is written"])
def test_a_full_disk_leaves_the_old_version(
    site: Site, model: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    load_artifacts(model)
    put(site, tmp_path / "source", 1.0)
    if fault == "announced":
        monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 100))
        with pytest.raises(OSError, match="the disk has 100 left"):
            load_artifacts(model)
    else:
        code = (
            f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)); {LOAD.format(model)}"
        )
        ended = subprocess.run(
            [sys.executable, "-B", "-c", code], capture_output=True, text=True, timeout=100
        )
        assert "File too large" in ended.stderr.splitlines()[-1]
    assert not list(cache.glob("*/incoming")), "what had arrived is given back"
    monkeypatch.undo()
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(cache.parent))
    assert shift_of(gl.io.http(model, update=False)) == 0
    assert shift_of(model) == 1


LOAD = "from glbackend.io import load_artifacts; print(set((load_artifacts('{}').weights['w'] - range(10000)).tolist()))"


def test_two_processes_fetch_one_model(site: Site, model: str, cache: Path) -> None:
    """The one waits for the other, asks once more, and has nothing to fetch."""
    site.delay = 0.05
    processes = [
        subprocess.Popen([sys.executable, "-c", LOAD.format(model)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate(timeout=100)[0].strip() for process in processes] == ["{0.0}"] * 2
    assert len(site.asked(".bin", 200)) == SHARDS and len(site.asked(".bin", 304)) == SHARDS
    assert len(gl.models_cache.list()[0].versions) == 1 and not list(cache.glob("*/incoming"))


def test_two_threads_fetch_one_model(site: Site, model: str) -> None:
    found: list[float] = []
    threads = [threading.Thread(target=lambda: found.append(shift_of(model))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [0.0] * 4 and len(site.asked(".bin", 200)) == SHARDS


def until(condition: Callable[[], bool]) -> None:
    """Waits until it holds."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_killed_in_the_middle_it_goes_on(site: Site, model: str, cache: Path) -> None:
    """One shard hangs, all others are there when the process is killed."""
    site.faults[shard(7)] = [Fault(times=1, hang=30)]
    process = subprocess.Popen([sys.executable, "-c", LOAD.format(model)], stdout=subprocess.PIPE)
    try:
        until(
            lambda: (
                sum(b'"sha256": "' in path.read_bytes() for path in cache.glob("*/incoming/about/*.json"))
                == SHARDS
            )
        )
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert not gl.models_cache.list()
    site.requests.clear()
    assert shift_of(model) == 0
    assert [path for path, _, status in site.requests if status == 200] == [shard(7)]


@pytest.mark.parametrize("moment", ["staged", "named", "recorded"])
def test_killed_while_a_version_is_taken(site: Site, model: str, tmp_path: Path, moment: str) -> None:
    assert shift_of(model) == 0
    put(site, tmp_path / "source", 1.0)
    step = {
        "staged": "os.replace = lambda a, b, r=os.replace: kill() if str(a).endswith('staged') else r(a, b)",
        "named": "os.replace = lambda a, b, r=os.replace: kill() if str(b).endswith('record.json') else r(a, b)",
        "recorded": "os.replace = lambda a, b, r=os.replace: (r(a, b), kill() if str(b).endswith('record.json') else 0)",
    }[moment]
    code = f"import os, signal; kill = lambda: os.kill(os.getpid(), signal.SIGKILL); {LOAD.split(';')[0]}; {step}; "
    code += LOAD.format(model).split(";")[1]
    ended = subprocess.run([sys.executable, "-c", code], timeout=100)
    assert ended.returncode == -signal.SIGKILL
    assert shift_of(gl.io.http(model, update=False)) == (1 if moment == "recorded" else 0)
    assert shift_of(model) == 1
    assert gl.models_cache.verify() == {}


def test_damage_in_the_cache_is_mended_by_the_server(
    site: Site, model: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_artifacts(model)
    (file,) = cache.glob("*/v1/group1-shard3of8.bin")
    file.write_bytes(b"x" * file.stat().st_size)
    monkeypatch.setenv("GLBACKEND_OFFLINE", "1")
    with pytest.raises(
        ModelFormatError, match=r"version 1 of .* is damaged \(group1-shard3of8.bin\): gl.models_cache.clear"
    ):
        load_artifacts(model)
    monkeypatch.delenv("GLBACKEND_OFFLINE")
    site.requests.clear()
    assert shift_of(model) == 0
    assert [path for path, _, status in site.requests if status == 200] == [shard(3)]
    assert gl.models_cache.verify() == {}


@pytest.mark.parametrize("seed", range(40))
def test_whatever_goes_wrong(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Faults by chance, new versions between loads: one of the versions, whole, or an error that says why."""
    random = np.random.default_rng(seed)
    monkeypatch.setattr(web, "MOST_TRIES_IN_VAIN", 2)

    def fault() -> Fault:
        kinds: list[dict[str, Any]] = [
            {"cut": int(random.integers(0, 5000))},
            {"status": int(random.choice([206, 404, 416, 429, 500, 503]))},
            {"length": int(random.choice([-1, 0, 4999, 5001, 1 << 40]))},
            {"extra": b"x" * int(random.integers(1, 100))},
            {"ranges": False, "cut": int(random.integers(0, 5000))},
            {"headers": {"Content-Range": "bytes 5-9/10"}},
            {"headers": {"ETag": '"other"'}},
        ]
        return Fault(times=int(random.integers(1, 4)), **kinds[random.integers(len(kinds))])

    published = 0
    put(site, tmp_path / "source", 0.0)
    site.etags, site.modified = (bool(one) for one in random.integers(0, 2, 2))
    for _ in range(5):
        paths = [*site.files][: 1 + SHARDS]
        site.faults = {path: [fault() for _ in range(random.integers(0, 4))] for path in paths}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(FetchError, ModelFormatError, FileNotFoundError):
                assert 0 <= shift_of(f"{site.url}/m") <= published
        assert gl.models_cache.verify() == {}
        if random.integers(2):
            published += 1
            put(site, tmp_path / "source", published)
    site.faults.clear()
    assert shift_of(f"{site.url}/m") == published


def test_progress_tells_each_file(site: Site, model: str) -> None:
    told: list[float] = []
    load_artifacts(gl.io.http(model, on_progress=told.append))
    assert told == [number / SHARDS for number in range(1, SHARDS + 1)]
    told.clear()
    load_artifacts(gl.io.http(model, on_progress=told.append, update=False))
    assert told == [1.0]


def test_a_bar_on_a_terminal(
    site: Site, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site.faults[shard(3)] = [Fault(times=1, cut=1000)]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert shift_of(model) == 0
    shown = capsys.readouterr().err
    assert "m " in shown and "kB" in shown


def test_arguments_that_make_no_sense() -> None:
    for given in ({"max_bytes": 0}, {"workers": 0}, {"timeout": 0}):
        with pytest.raises(ArgumentError, match=f"{next(iter(given))} must be above 0"):
            gl.io.http("http://host/m", **given)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="begins with http"):
        gl.io.http("ftp://host/m")
    with pytest.raises(ArgumentError, match="is no address"):
        load_artifacts("http://host:port/m")


def test_without_httpx_the_error_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'glbackend\[web\]'"):
        load_artifacts("http://host/m")


def test_an_interrupt_ends_it_and_the_rest_comes_later(
    site: Site, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Ctrl-C while shards are on their way: no thread is left, and what is there stays."""

    def interrupt(fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_artifacts(gl.io.http(model, on_progress=interrupt))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]
    assert shift_of(model) == 0


def test_what_a_handler_is() -> None:
    handler = gl.io.http("https://example.org/digits?v=1")
    assert isinstance(handler, Remote) and handler.address == "https://example.org/digits/model.json?v=1"
