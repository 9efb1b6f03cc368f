"""Polynomial regression: four coefficients are found from noisy points, by a training loop of one's own.

python examples/tutorials/polynomial.py [picture.png] [steps]
"""

import sys
from pathlib import Path

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 200

# A hundred points of a cubic curve, moved up and down by noise. The program is not told the coefficients.
names = "abcd"
truth = np.array([-0.8, -0.2, 0.9, 0.5])
random = np.random.default_rng(4)
x = random.uniform(-1, 1, 100).astype("float32")
y = (np.polyval(truth, x) + random.normal(0, 0.1, 100)).astype("float32")

# What is learnt are variables, and it begins anywhere.
coefficients = [gl.Variable(float(value)) for value in random.uniform(-1, 1, 4)]


def predict(x: gl.Tensor) -> gl.Tensor:
    """a x^3 + b x^2 + c x + d."""
    a, b, c, d = coefficients
    return ((a * x + b) * x + c) * x + d


def loss() -> gl.Tensor:
    """The mean square of how far the curve is from the points."""
    return (predict(points) - heights).square().mean()


# `minimize` computes the loss, its gradients, and moves the variables that it found in it against them.
points, heights = gl.tensor(x), gl.tensor(y)
optimizer = gl.optimizers.Adam(0.05)
path, losses = [], []
for _ in range(steps):
    path.append([one.item() for one in coefficients])
    losses.append(optimizer.minimize(loss, return_cost=True).item())
path.append([one.item() for one in coefficients])

# No curve of this degree is nearer to the points than that of least squares, which has a formula.
exact = np.polyfit(x, y, 3)
least = float(((np.polyval(exact, x) - y) ** 2).mean())
print(f"loss {losses[0]:.4f} -> {loss().item():.4f}, least squares has {least:.4f}")
for name, learnt, best, true in zip(names, path[-1], exact, truth, strict=True):
    print(f"{name}: learnt {learnt:6.3f}, least squares {best:6.3f}, the curve behind the noise {true:6.3f}")

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    figure, (curves, values) = plt.subplots(1, 2, figsize=(9, 3.8), width_ratios=[1.1, 1])
    grid = np.linspace(-1.05, 1.05, 200)
    curves.scatter(x, y, s=14, color="#9aa1ab", label="points")
    shown = [step for step in (0, 10, 30) if step < steps] + [steps]
    for step, shade in zip(shown, np.linspace(0.3, 1, len(shown)), strict=True):
        curve = np.polyval(path[step], grid)
        curves.plot(grid, curve, color=plt.cm.Blues(shade), label=f"after {step} steps")
    curves.plot(grid, np.polyval(truth, grid), "--", color="C1", linewidth=1.5, label="behind the noise")
    curves.set(title="The curve bends towards the points", xlabel="x", ylabel="y")
    curves.set(ylim=(-1.1, 1.7))
    curves.legend(loc="lower right", ncols=2)
    for name, learnt, true in zip(names, np.transpose(path), truth, strict=True):
        (line,) = values.plot(learnt)
        values.axhline(true, color=line.get_color(), linestyle="--", linewidth=1)
        values.annotate(name, (steps, learnt[-1]), (6, 0), textcoords="offset points", va="center")
    values.set(title="Four coefficients find their places", xlabel="step", ylabel="value (dashed: true)")
    figure.savefig(picture)
