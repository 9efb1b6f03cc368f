"""Recurrent layers: a pass a step, forward and backward; a GRU whose reset comes before the product has two.

Where weights are many, their product has a pass of its own before each, in which examples share what is read.
What steps leave stays in two texture arrays between the passes, as nothing may be read where it is drawn; a
last pass puts it in order.
"""

from collections.abc import Mapping
from contextlib import ExitStack

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.pool import Texture
from glbackend.backends.webgl.kernels.matmul import permuted
from glbackend.backends.webgl.render import Form
from glbackend.base.shapes import Spec
from glbackend.contracts.recurrent import GATES
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

FUNCTION = {
    "linear": "linear",
    "relu": "relu",
    "sigmoid": "sigmoid",
    "tanh": "tanh_",
    "hard_sigmoid": "hard_sigmoid",
}


MOST_ROWS = 8  # examples of one fragment of the product: the attachments that GL promises
PASS_READS = 1 << 15  # a pass for the product alone pays where it saves so many texel reads


def _square(texels: int) -> int:
    """Width of a grid: about square, as llvmpipe computes four lines at a time."""
    width = 1
    while width * width < texels:
        width *= 2
    return width


class Blocks:
    """The blocks of lines in which passes leave their results, `layers` each, every pass reading the last's.

    `weights` are [units, gates, units], or with `by_gate` [gates, units, units]: then each gate multiplies a
    layer of its own. A step of `passes` keeps the last one's block only. A fragment takes `examples`, with
    so many times the layers.
    """

    def __init__(
        self,
        webgl: WebGL,
        shader: str,
        layers: int,
        state: Spec,
        steps: int,
        passes: int,
        weights: Handle,
        by_gate: bool,
        examples: int = 1,
    ) -> None:
        self.webgl, self.shader, self.passes = webgl, shader, passes
        batch, units = state.shape
        self.batch, self.units, columns = batch, units, -(-units // 4)
        self.examples = examples
        texels, blocks = max(-(-batch // examples) * columns, 1), steps // (1 if passes == 2 else 2) + 2
        self.width = _square(texels)
        while blocks * -(-texels // self.width) > webgl.context.max_size:
            self.width *= 2
        self.lines = -(-texels // self.width)
        self.rows = min(MOST_ROWS, 1 << max(batch - 1, 0).bit_length())
        self.groups = -(-batch // self.rows)
        heights = blocks * self.lines, (blocks if passes == 1 else 1) * self.lines
        what = f"what {steps} steps of {shader} leave"
        self.arrays = [
            webgl.pool.take(self.width, height, "f4[]", what, layers * examples) for height in heights
        ]
        self.number = 0
        self._read = ExitStack()
        reads = (
            4
            * steps
            * -(-batch // (examples if examples > 1 else self.rows))
            * webgl.layout(weights.shape).texels
        )
        self.weights = self._read.enter_context(webgl.by_number(reads, {"weights": weights}))["weights"]
        self.numbers = {
            "units": units,
            "columns": columns,
            "steps": steps,
            "groups": self.groups,
            "layer_pitch": int(by_gate),
            "gate_pitch": (units if by_gate else 1) * columns,
            "row_pitch": (1 if by_gate else weights.shape[1]) * columns,
        }

    def line(self, number: int) -> int:
        """Where a block begins; those between two passes of a step, the odd ones, all lie in one place."""
        return 0 if number % 2 and self.passes == 2 else number // 2 * self.lines

    def draw(
        self,
        inputs: Mapping[str, Handle | None],
        defines: Mapping[str, object],
        time: int = 0,
        first: int = 0,
        layer: int = 0,
    ) -> None:
        """The next block. GATES in `defines` are multiplied, from gate `first` and layer `layer` on."""
        before = self.arrays[(self.number + 1) % 2]
        sources: dict[str, Handle | Texture | Form] = {"before": before}
        sources |= {name: x for name, x in inputs.items() if x is not None}
        start = self.line(self.number)
        numbers = {
            **self.numbers,
            "from": self.line(self.number - 1) * self.width,
            "layer": layer,
            "first": first * self.numbers["gate_pitch"],
            "time": time,
            "start": start * self.width,
            "grid_shift": self.width.bit_length() - 1,
        }
        product = None
        if "GATES" in defines:
            product = (
                None if self.examples > 1 else self._product(before, int(str(defines["GATES"])), numbers)
            )
            sources |= {"weights": self.weights} if product is None else {"product": product}
            defines = defines if product is None else {**defines, "PRODUCT": 1}
        target, size = self.arrays[self.number % 2], (self.width, self.lines)
        if self.examples > 1:
            defines = {**defines, "EXAMPLES": self.examples}
        self.webgl.draw_into(self.shader, target, size, start, sources, uniforms=numbers, defines=defines)
        if product is not None:
            product.give_back()
        self.number += 1

    def _product(self, before: Texture, gates: int, numbers: Mapping[str, int]) -> Texture | None:
        """The last block times weights, where a pass of its own pays for that: examples share reads there."""
        columns = numbers["columns"]
        saved = (5 * self.batch - (4 + self.rows) * self.groups) * gates * columns * columns
        if saved < PASS_READS:
            return None
        fragments = self.groups * gates * columns
        width = _square(fragments)
        uncut = {} if self.width % columns else {"UNCUT": 1}
        return self.webgl.draw_layers(
            "recurrent_product", self.rows, (width, -(-fragments // width)),
            {"before": before, "weights": self.weights},
            uniforms={**numbers, "gates": gates, "grid_shift": width.bit_length() - 1},
            defines={"ROWS": self.rows, **uncut}, pieces={"output": ""},
        )  # fmt: skip

    def ordered(
        self, outs: tuple[Spec, ...], gates: int, last: int, origin: int, way: int
    ) -> tuple[Handle, ...]:
        """Layers as one or two tensors [batch, steps, gates, units], seen as `outs`; see the shader."""
        shape = outs[0].shape
        steps = shape[1] if len(shape) == 3 else 1
        numbers = {
            "columns": self.numbers["columns"],
            "steps": steps,
            "gates": gates,
            "last": last,
            "origin": origin,
            "way": way,
            "span": self.lines * self.width,
        }
        structure: dict[str, object] = {"TWO": 1} if len(outs) == 2 else {}
        if self.examples > 1:
            structure["EXAMPLES"] = self.examples
        even, odd = self.arrays
        drawn = self.webgl.draw(
            "recurrent_steps", (Spec((self.batch, steps, gates, self.units)),) * len(outs),
            {"even": even, "odd": odd}, uniforms=numbers, defines=structure,
        )  # fmt: skip
        return tuple(one.view(shape) for one in drawn)

    def give_back(self) -> None:
        """Gives the arrays back."""
        self._read.close()
        for array in self.arrays:
            array.give_back()


def _examples(webgl: WebGL, batch: int) -> int:
    """How many examples a fragment takes where a step is one pass: LSTM's two layers of each are eight.

    GPUs rather have the product in a pass of its own, with more fragments of fewer registers.
    """
    return min(4, 1 << max(batch - 1, 0).bit_length()) if webgl.context.software else 1


def _structure(cell: str, mask: Handle | None, activation: str, gate: str, layers: int) -> dict[str, object]:
    act, other = FUNCTION[activation], FUNCTION[gate]
    count = GATES[cell]
    structure: dict[str, object] = {"LAYERS": layers, "ALL": count, "GATES": count, "ACT": act}
    structure |= {} if count == 1 else {"GATE": other}
    structure |= {} if mask is None else {"MASK": 1}
    structure |= {"LSTM": 1} if cell == "lstm" else {}
    return structure | ({"RESET_AFTER": 1} if cell == "gru_reset_after" else {})


def _by_gates(x: Handle, cell: str) -> Handle:
    """[..., gates * units] as [..., gates, units]: there the gates begin at whole texels."""
    count = GATES[cell]
    return x.view((*x.shape[:-1], count, x.shape[-1] // count))


@kernel("RNN", "webgl")
def rnn(
    webgl: WebGL,
    x: Handle,
    recurrent: Handle,
    h: Handle | None = None,
    c: Handle | None = None,
    bias: Handle | None = None,
    mask: Handle | None = None,
    *,
    out: tuple[Spec, ...],
    cell: str,
    activation: str,
    recurrent_activation: str,
) -> tuple[Handle, ...]:
    """A pass a step."""
    steps, passes = x.shape[1], 2 if cell == "gru" else 1
    layers = {"lstm": 2, "gru": 3}.get(cell, 1)
    structure = _structure(cell, mask, activation, recurrent_activation, layers)
    inputs, weights = {"x": _by_gates(x, cell), "mask": mask}, _by_gates(recurrent, cell)
    if bias is not None:
        inputs["bias"] = _by_gates(bias, cell)
        structure["BIAS"] = 1
    state, start = Spec((x.shape[0], recurrent.shape[0])), {"LAYERS": layers, "START": 1}
    examples = _examples(webgl, x.shape[0]) if passes == 1 else 1
    blocks = Blocks(webgl, "recurrent", layers, state, steps, passes, weights, False, examples)
    given = {"GIVEN_H": h, "GIVEN_C": c}
    blocks.draw({"h": h, "c": c}, start | {name: 1 for name, x in given.items() if x is not None})
    for time in range(steps):
        if passes == 2:
            blocks.draw(inputs, {**structure, "GRU_GATES": 1, "GATES": 2}, time)
            blocks.draw(inputs, {**structure, "CANDIDATE": 1, "GATES": 1}, time, first=2, layer=1)
        else:
            blocks.draw(inputs, structure, time)
    results = blocks.ordered(out, 1, 0, passes, passes)
    blocks.give_back()
    return results


@kernel("RNNGrad", "webgl")
def rnn_grad(
    webgl: WebGL,
    dh: Handle,
    x: Handle,
    inner: Handle,
    h: Handle,
    recurrent: Handle,
    dc: Handle | None = None,
    c: Handle | None = None,
    mask: Handle | None = None,
    *,
    out: tuple[Spec, ...],
    cell: str,
    activation: str,
    recurrent_activation: str,
) -> tuple[Handle, ...]:
    """A pass a step, from the last, and one for the states before the first."""
    steps, passes, gates = x.shape[1], 2 if cell == "gru" else 1, GATES[cell]
    carry = 4 if cell == "gru_reset_after" else gates
    layers = carry + (2 if cell == "lstm" else 1)
    structure = _structure(cell, mask, activation, recurrent_activation, layers)
    structure |= {
        "SLOPE_" + name: f"slope_{structure[name]}" for name in ("ACT", "GATE") if name in structure
    }
    structure["CARRY"] = carry
    weights = permuted(webgl, _by_gates(recurrent, cell), (1, 2, 0))
    inputs = {"dh": dh, "dc": dc, "x": _by_gates(x, cell), "inner": _by_gates(inner, cell), "h": h, "c": c}
    inputs["mask"] = mask
    blocks = Blocks(webgl, "recurrent_grad", layers, out[2], steps, passes, weights, by_gate=True)
    blocks.draw({}, {"LAYERS": layers, "START": 1})
    first = structure | ({"GRU_FIRST": 1, "GATES": 2} if passes == 2 else {})
    for time in range(steps - 1, -2, -1):
        blocks.draw(inputs, first, time)
        if passes == 2 and time >= 0:
            blocks.draw(inputs, {**structure, "GRU_SECOND": 1, "GATES": 1}, time, first=2)
    dinner = blocks.ordered(out[1:2], gates, gates - 1, passes * steps, -passes)
    dx = blocks.ordered(out[:1], gates, gates, passes * steps, -passes) if carry > gates else dinner
    states = blocks.ordered(out[2:], 1, carry, 1 if passes == 2 else steps + 1, 0)
    blocks.give_back()
    return (*dx, *dinner, *states)
