"""Pictures of trainings, models and tensors, as `gl.vis`: what tfjs-vis shows, by matplotlib.

`show` knows trainings, models, layers and tensors, `render` draws plain numbers, `metrics` counts. Charts are
a `Picture` each, which notebooks show and `save` writes. `pip install 'glbackend[vis]'`.

>>> import glbackend as gl
>>> gl.vis.show.history({"loss": [2., 1., 0.5]}).save(folder + "/loss.png").exists()
True
"""

from glbackend.vis import metrics, render, show
from glbackend.vis.drawing import Drawing, kernel_graph, model_graph
from glbackend.vis.layers import filters, layer_outputs
from glbackend.vis.live import LivePage
from glbackend.vis.picture import Picture
from glbackend.vis.render import Table

__all__ = [
    "Drawing", "LivePage", "Picture", "Table", "filters", "kernel_graph", "layer_outputs", "metrics",
    "model_graph", "render", "show",
]  # fmt: skip
