"""The table that `model.summary()` prints."""

from glbackend.layers.layer import Layer
from glbackend.layers.model import Model


def _shape(layer: Layer) -> str:
    if not layer.nodes:
        return "?"
    shapes = [[*symbol.shape] for symbol in layer.nodes[0].outputs]
    text = [str(shape).replace("None", "any") for shape in shapes]
    return text[0] if len(text) == 1 else ", ".join(text)


def summary_lines(model: Model, width: int) -> list[str]:
    """Lines of the table, `width` characters wide."""
    columns = (width * 45 // 100, width * 35 // 100)

    def row(name: str, shape: str, count: str) -> str:
        return f"{name:<{columns[0]}.{columns[0] - 1}}{shape:<{columns[1]}.{columns[1] - 1}}{count}"

    lines = [
        f"Model: {model.name}",
        "=" * width,
        row("Layer (class)", "Output shape", "Parameters"),
        "=" * width,
    ]
    lines += [
        row(f"{layer.name} ({layer.class_name})", _shape(layer), f"{layer.count_params():,}")
        for layer in model.layers
    ]
    trainable = sum(variable.size for variable in model.trainable_weights)
    total = model.count_params()
    return [
        *lines,
        "=" * width,
        f"Parameters: {total:,}",
        f"Trainable: {trainable:,}",
        f"Not trainable: {total - trainable:,}",
    ]
