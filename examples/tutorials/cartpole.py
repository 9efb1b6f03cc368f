"""Cart-pole: a network learns to balance a pole on a cart, from nothing but how long it stood.

python examples/tutorials/cartpole.py [picture.png] [rounds]
"""

import sys
from pathlib import Path

import numpy as np

import glbackend as gl

picture = sys.argv[1] if len(sys.argv) > 1 else ""
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 40
CARTS, LONGEST, DISCOUNT = 32, 200, 0.98
gl.set_seed(1)
random = np.random.default_rng(1)


def pushed(state: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Many carts, 0.02 s later: rows of place, speed, angle of the pole and its speed; pushed right or left.

    A cart of 1 kg on rails, a pole of 0.1 kg and 1 m on a hinge, a push of 10 N: the equations of Barto,
    Sutton and Anderson (1983).
    """
    _, speed, angle, turning = state.T
    sine, cosine = np.sin(angle), np.cos(angle)
    push = (np.where(right, 10.0, -10.0) + 0.05 * turning**2 * sine) / 1.1
    bend = (9.8 * sine - cosine * push) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
    change = np.stack([speed, push - 0.05 * bend * cosine / 1.1, turning, bend], 1)
    return state + 0.02 * change


def stands(state: np.ndarray) -> np.ndarray:
    """Whether the cart is on its rails, 2.4 m to both sides, and the pole within 12 degrees."""
    return (np.abs(state[:, 0]) < 2.4) & (np.abs(state[:, 2]) < np.radians(12))


policy = gl.Sequential(
    [gl.layers.Dense(32, activation="tanh", input_shape=[4]), gl.layers.Dense(1)]  # the logit of "right"
)


def played(greedy: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All carts until they fall: states [step, cart, 4], pushes and whether each still stood [step, cart]."""
    state = random.uniform(-0.05, 0.05, (CARTS, 4))
    states, pushes, alive = [], [], [np.ones(CARTS, bool)]
    while alive[-1].any() and len(states) < LONGEST:
        chance = policy(state.astype("float32")).sigmoid().numpy()[:, 0]
        states.append(state)
        pushes.append(chance > (0.5 if greedy else random.uniform(size=CARTS)))
        state = pushed(state, pushes[-1])
        alive.append(alive[-1] & stands(state))
    return np.array(states), np.array(pushes), np.array(alive[:-1])


def worth(alive: np.ndarray) -> np.ndarray:
    """How long the pole stood from each step on, later steps counting less; against the average of all."""
    total, sums = np.zeros(CARTS), []
    for one in alive[::-1]:
        total = one + DISCOUNT * total
        sums.append(total)
    back = np.array(sums[::-1])
    return (back - back[alive].mean()) / (back[alive].std() + 1e-8)


def loss(states: gl.Tensor, pushes: gl.Tensor, worths: gl.Tensor) -> gl.Tensor:
    """Pushes that were worth more than the average should become likelier: a policy gradient (REINFORCE)."""
    return gl.losses.sigmoid_cross_entropy(pushes, policy(states)[:, 0], weights=worths)


begun, optimizer, lengths = played(greedy=True), gl.optimizers.Adam(0.02), []
for number in range(rounds):
    states, pushes, alive = played()
    lengths.append(alive.sum(0))
    chosen = [part[alive].astype("float32") for part in (states, pushes, worth(alive))]
    optimizer.minimize(lambda chosen=chosen: loss(*map(gl.tensor, chosen)))
    if number % 10 == 0 or number == rounds - 1:
        print(f"round {number:2}: the pole stood {lengths[-1].mean():.0f} steps, of at most {LONGEST}")
ended = played(greedy=True)
steps = ended[2].sum(0)
print(f"without chance: {steps.mean():.0f} steps, {np.mean(steps == LONGEST):.0%} of the carts to the end")

if picture:
    from matplotlib import pyplot as plt

    plt.style.use(Path(__file__).with_name("paper.mplstyle"))
    figure, (lasted, swings, rails) = plt.subplots(1, 3, figsize=(10.5, 3.6), width_ratios=[1, 1, 1.1])
    lasted.fill_between(range(rounds), *np.quantile(lengths, [0.1, 0.9], axis=1), alpha=0.2, linewidth=0)
    lasted.plot(np.mean(lengths, axis=1))
    lasted.set(
        title="How long the poles stand", xlabel="round", ylabel="steps; band: 8 of 10 carts", ylim=(0, 205)
    )
    for colour, (states, _, alive), name in zip(
        ("C1", "C0"), (begun, ended), ("before", "after"), strict=True
    ):
        angles = np.degrees(np.where(alive, states[..., 2], np.nan))
        swings.plot(angles, color=colour, linewidth=0.6, alpha=0.5)
        swings.plot([], color=colour, label=name)
    swings.axhspan(12, 14, color="#e4e1d8")
    swings.axhspan(-14, -12, color="#e4e1d8")
    swings.set(title="How the poles lean", xlabel="step", ylabel="degrees; grey: fallen", ylim=(-14, 14))
    swings.legend(loc="lower right", bbox_to_anchor=(1, 0.08))
    # The cart that travelled furthest, seen from the side, every twelfth step.
    far = np.ptp(ended[0][..., 0], axis=0).argmax()
    for step in range(0, len(ended[0]), 12):
        place, _, angle, _ = ended[0][step, far]
        colour = plt.cm.viridis(0.9 * step / LONGEST)
        rails.plot((place, place + np.sin(angle)), (0.1, 0.1 + np.cos(angle)), color=colour)
        rails.add_patch(plt.Rectangle((place - 0.12, 0), 0.24, 0.1, color=colour))
    ends = ended[0][:, far, 0].min() - 0.5, ended[0][:, far, 0].max() + 0.5
    rails.axhline(0, color="#22262b", linewidth=1.5)
    rails.set(title="One cart, dark to light", xlabel="place on the rails, m", xlim=ends, ylim=(-0.05, 1.3))
    rails.set(aspect="equal", yticks=[])
    rails.spines[:].set_visible(False)
    figure.savefig(picture)
