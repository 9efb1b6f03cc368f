"""Graph models that TensorFlow and Keras made and the real converter wrote, and those of the zoo."""

import numpy as np
import pytest

import glbackend as gl
from tests.graph_fixtures import samples
from tests.zoo import ZOO, golden, make_input, models

SAMPLES = samples()
ZOO_MODELS = {name: model for name, model in models().items() if model["format"] == "graph-model"}


@pytest.mark.skipif(not SAMPLES, reason="../shared/fixtures is not beside this checkout")
@pytest.mark.parametrize("name", SAMPLES)
def test_fixture(name: str, backend: str) -> None:
    sample = SAMPLES[name]
    model = gl.load_graph_model(sample.folder)
    for call in sample.calls:
        found = model.execute(call.inputs, list(call.outputs))
        for got, (output, wanted) in zip(found, call.outputs.items(), strict=True):
            assert got.shape == wanted.shape, output
            scale = max(1.0, float(np.abs(np.where(np.isfinite(wanted), wanted, 0)).max(initial=0)))
            np.testing.assert_allclose(
                got.numpy().astype(float),
                wanted.astype(float),
                sample.rtol,
                sample.atol * scale,
                err_msg=output,
            )
    model.dispose()


@pytest.mark.skipif(not ZOO_MODELS, reason="the model zoo (../shared/zoo) is not beside this checkout")
@pytest.mark.parametrize("name", ZOO_MODELS)
def test_zoo(name: str, backend: str) -> None:
    """Within 1e-4 of each output's range, or four times what lies between TF.js's own backends; one case each
    of large models and on webgl."""
    cases = ZOO_MODELS[name]["cases"]
    model = gl.load_graph_model(ZOO / name)
    for case in cases if backend == "cpu" and name not in ("handtrack-human", "centernet") else cases[-1:]:
        fed = {recipe["name"]: make_input(recipe) for recipe in case["inputs"]}
        outputs = case["golden"]["outputs"]
        draws = getattr(gl.engine().backend, "draw_count", 0)
        found = model.execute(fed, [output["name"] for output in outputs])
        if backend == "webgl":
            assert gl.engine().backend.draw_count > draws
        for got, output in zip(found, outputs, strict=True):
            if output["dtype"] == "string":
                assert got.numpy().ravel().tolist() == output["values"]
            elif "file" in output:
                wanted = golden(output)
                near = max(1e-4, 4 * case.get("spread_vs_wasm", 0))
                size = max(float(np.abs(wanted).max()), 1e-3)
                assert np.abs(got.numpy() - wanted).max() <= near * size, output["name"]
    model.dispose()
