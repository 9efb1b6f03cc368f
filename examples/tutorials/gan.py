"""GAN: one network forges points of a spiral, another one learns to tell them, until it no longer can.

python examples/tutorials/gan.py [picture.png] [steps]
"""

import sys
from pathlib import Path

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 1200
BATCH, NOISE, PENALTY = 128, 4, 0.1
gl.set_seed(7)
random = np.random.default_rng(7)


def spiral(count: int) -> np.ndarray:
    """Points of a spiral with some width: what is to be forged."""
    angle = random.uniform(0.6, 3 * np.pi, count)[:, None]
    points = np.hstack([np.cos(angle), np.sin(angle)]) * angle / 7
    return (points + random.normal(0, 0.03, points.shape)).astype("float32")


def network(inputs: int, outputs: int, name: str) -> gl.Sequential:
    """Two hidden layers; both networks are of this kind."""
    dense = gl.layers.Dense
    hidden = [dense(64, activation="relu", input_shape=[inputs]), dense(64, activation="relu")]
    return gl.Sequential([*hidden, dense(outputs)], name=name)


forger, critic = network(NOISE, 2, "forger"), network(2, 1, "critic")


def forge(count: int) -> gl.Tensor:
    """Points that the forger makes of noise."""
    return forger(gl.random_normal([count, NOISE]))


def critics_loss(real: gl.Tensor) -> gl.Tensor:
    """Real points should score high, forged ones low; the score should not be steep at real points.

    softplus(-s) is the cross entropy of the score s for "real", softplus(s) that for "forged". The steepness
    is a gradient inside of a loss: its own gradient is one of second order.
    """
    slope = gl.grad(lambda points: critic(points).sum())(real)
    steep = slope.square().sum(-1).mean()
    told = gl.softplus(-critic(real)).mean() + gl.softplus(critic(forge(BATCH))).mean()
    return told + PENALTY * steep


def forgers_loss() -> gl.Tensor:
    """Forged points should score as real ones."""
    return gl.softplus(-critic(forge(BATCH))).mean()


def distance(forged: np.ndarray, real: np.ndarray) -> float:
    """How far a forged point is from the nearest real one and back, on average."""
    between = np.linalg.norm(forged[:, None] - real[None], axis=-1)
    return float(between.min(0).mean() + between.min(1).mean()) / 2


# Each learns in turn, and only its own weights.
critics, forgers = gl.optimizers.Adam(0.003, beta_1=0.5), gl.optimizers.Adam(0.003, beta_1=0.5)
sides = np.linspace(-1.5, 1.5, 60, dtype="float32")
grid = np.stack(np.meshgrid(sides, sides), -1).reshape(-1, 2)
judge, snapshots = spiral(500), []
for step in range(steps + 1):
    if step in (0, steps // 20, steps // 4, steps):
        forged, scores = forge(500).numpy(), critic(grid).sigmoid().numpy()
        snapshots.append((step, forged, scores.reshape(60, 60)))
        print(f"step {step:4}: forged points lie {distance(forged, judge):.3f} from real ones")
    real = gl.tensor(spiral(BATCH))
    critics.minimize(lambda real=real: critics_loss(real), var_list=critic.trainable_variables)
    forgers.minimize(forgers_loss, var_list=forger.trainable_variables)
print(f"two samples of real points lie {distance(spiral(500), judge):.3f} apart")

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    figure, panels = plt.subplots(1, 4, figsize=(11, 3.5), sharey=True)
    for axes, (step, forged, scores) in zip(panels, snapshots, strict=True):
        field = axes.imshow(
            scores, origin="lower", extent=(-1.5, 1.5, -1.5, 1.5), cmap="PuOr", vmin=0.2, vmax=0.8
        )
        axes.scatter(*judge.T, s=3, color="#22262b", alpha=0.35, linewidths=0, label="real")
        axes.scatter(*forged.T, s=5, color="#cf2e3f", linewidths=0, label="forged")
        axes.set(title=f"after {step} steps", xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    panels[0].legend(loc="lower right", markerscale=3, handletextpad=0)
    bar = figure.colorbar(field, ax=panels, shrink=0.8, pad=0.01, ticks=[0.2, 0.5, 0.8])
    bar.ax.set_yticklabels(["20 % real", "in doubt", "80 % real"])
    bar.set_label("what the critic thinks")
    bar.outline.set_visible(False)
    figure.savefig(picture)
