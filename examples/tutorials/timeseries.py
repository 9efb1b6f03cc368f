"""Time series: causal convolutions learn the law of a chaotic series, and go on with it on their own.

python examples/tutorials/timeseries.py [picture.png] [epochs]
"""

import sys
from pathlib import Path

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 12
LENGTH, HELD_OUT, WINDOW, AHEAD, LINES = 2500, 500, 64, 150, 16
gl.set_seed(3)

# The equation of Mackey and Glass, a model of how many white blood cells there are: the change depends on how
# many there were 17 days ago. It never repeats itself. Steps of a tenth, of which each tenth is kept.
fine = [1.2] * 171
for _ in range(10 * LENGTH):
    fine.append(fine[-1] + 0.1 * (0.2 * fine[-171] / (1 + fine[-171] ** 10) - 0.1 * fine[-1]))
series = np.array(fine[171::10], "float32")
series = (series - series.mean()) / series.std()
past, future = series[:-HELD_OUT], series[-HELD_OUT:]

# Windows of the past; what is wanted at each place is the value after it.
places = np.arange(0, len(past) - WINDOW, 2)[:, None] + np.arange(WINDOW + 1)
windows = past[places][..., None]
x, y = windows[:, :-1], windows[:, 1:] - windows[:, :-1]  # not the value, but by how much it changes


def convolution(dilation: int) -> gl.layers.Layer:
    """Sees this place and the one `dilation` before it, none after it."""
    return gl.layers.Conv1D(24, 2, dilation_rate=dilation, padding="causal", activation="relu")


# The dilations double, so that six layers see 64 places back.
model = gl.Sequential(
    [
        gl.layers.InputLayer(input_shape=[WINDOW, 1]),
        *map(convolution, (1, 2, 4, 8, 16, 32)),
        gl.layers.Dense(1),
    ]
)
rate = gl.optimizers.schedules.CosineDecay(0.005, epochs * -(-len(x) // 32))
model.compile(gl.optimizers.Adam(rate), "mse")
history = model.fit(x, y, epochs=epochs, batch_size=32, verbose=0).history
print(f"loss {history['loss'][0]:.5f} -> {history['loss'][-1]:.6f}")


def go_on(series: np.ndarray) -> np.ndarray:
    """What comes after each row [row, time], AHEAD steps of it: each forecast is the next one's past."""
    for _ in range(AHEAD):
        change = model.predict(series[:, -WINDOW:, None].astype("float32")).numpy()[:, -1]
        series = np.concatenate([series, series[:, -1:] + change], 1)
    return series[:, -AHEAD:]


# Forecasts from many places of what was held out, against the two that need no learning.
starts = np.linspace(WINDOW, HELD_OUT - AHEAD, LINES).astype(int)
before = np.stack([future[start - WINDOW : start] for start in starts])
truth = np.stack([future[start : start + AHEAD] for start in starts])
forecast = go_on(before)
errors = {
    "forecast": np.abs(forecast - truth).mean(0),
    "the last value": np.abs(before[:, -1:] - truth).mean(0),
    "the mean of all": np.abs(truth - past.mean()).mean(0),
}
for step in (1, 10, 50, AHEAD):
    print(
        f"{step:3} steps ahead:", ", ".join(f"{name} {error[step - 1]:.3f}" for name, error in errors.items())
    )

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    figure, (line, growth) = plt.subplots(1, 2, figsize=(10, 3.7), width_ratios=[1.8, 1])
    shown = LINES // 2
    line.axvspan(-WINDOW, 0, color="#e4e1d8", alpha=0.5, linewidth=0)
    line.plot(range(-WINDOW, 0), before[shown], color="#22262b")
    line.plot(range(AHEAD), truth[shown], color="#9aa1ab", label="what came")
    line.plot(range(AHEAD), forecast[shown], "C1", linestyle="--", label="forecast from its own forecasts")
    line.text(-WINDOW + 2, 0.02, "what it sees", color="#6b7280", transform=line.get_xaxis_transform())
    line.set(title="Going on without a look", xlabel="steps from now", ylabel="deviations from the mean")
    line.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, -0.18))
    for name, error in errors.items():
        growth.plot(range(1, AHEAD + 1), error, label=name)
    growth.set(title="Chaos: errors grow", xlabel="steps ahead", ylabel="mean absolute error", ylim=(0, None))
    growth.legend(loc="upper center", ncols=3, bbox_to_anchor=(0.45, -0.18), columnspacing=1, handlelength=1)
    figure.savefig(picture)
