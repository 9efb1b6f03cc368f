"""A step of training captured as a graph: what it draws, and that it learns as the eager one does.

python examples/captured.py
"""

import numpy as np

import glbackend as gl

rng = np.random.default_rng(0)
points = gl.tensor(rng.normal(size=(256, 2)).astype("f4"))
inside = gl.tensor((points.square().sum(-1).numpy() < 1.5).astype("f4").reshape(-1, 1))


class Classifier:
    """Two layers, their optimizer, and the step that trains them."""

    def __init__(self) -> None:
        start = np.random.default_rng(1)
        self.w = gl.variable(start.normal(size=(2, 32)).astype("f4"), name="w")
        self.b = gl.variable(np.zeros(32, "f4"), name="b")
        self.v = gl.variable(start.normal(size=(32, 1)).astype("f4") * 0.2, name="v")
        self.adam = gl.train.adam(0.05)

    def step(self, x: gl.Tensor, y: gl.Tensor) -> gl.Tensor:
        """One step of Adam; gives the loss before it."""

        def loss() -> gl.Tensor:
            p = ((x @ self.w + self.b).tanh() @ self.v).sigmoid().clip_by_value(1e-6, 1 - 1e-6)
            return -(y * p.log() + (1.0 - y) * (1.0 - p).log()).mean()

        value, pairs = self.adam.compute_gradients(loss, [self.w, self.b, self.v])
        self.adam.apply_gradients(pairs)
        return value


eager, captured = Classifier(), Classifier()
step = gl.function(captured.step)
for i in range(60):
    losses = eager.step(points, inside).item(), step(points, inside).item()
    if i % 20 == 0:
        print(f"step {i}: eager {losses[0]:.4f}, captured {losses[1]:.4f}")
print("last losses:", *losses)
print("kernels as traced:", len(gl.trace(captured.step, points, inside).nodes))
print("nodes as run:", len(step.graph(points, inside).nodes))
print("of which the first:", step.explain(points, inside).splitlines()[0].replace("  ", " "))
