"""Real models of the zoo against TF.js's own outputs, on both backends."""

import pytest

import glbackend as gl
from glbackend.layers.layer import LAYERS
from tests.zoo import ZOO, golden, make_input, models

MODELS = models()
NAMES = [  # the set grows by itself with the layers that are registered
    name
    for name, model in MODELS.items()
    if model["format"] == "layers-model" and all(LAYERS.lookup(one) for one in model["layers"])
]


@pytest.mark.skipif(not MODELS, reason="the model zoo (../shared/zoo) is not beside this checkout")
@pytest.mark.parametrize("name", NAMES)
def test_golden(name: str, backend: str) -> None:
    model = gl.load_layers_model(ZOO / name / "model.json")
    for case in MODELS[name]["cases"]:
        x = make_input(case["inputs"][0])
        wanted = golden(case["golden"]["outputs"][0])
        draws = getattr(gl.engine().backend, "draw_count", 0)
        got = model.predict(x).numpy()
        if backend == "webgl":
            print(f"{name} {case['name']}: {gl.engine().backend.draw_count - draws} draws")
            assert gl.engine().backend.draw_count > draws
        spread = float(wanted.max() - wanted.min())
        assert abs(got - wanted).max() <= 1e-4 * spread
    model.dispose()
