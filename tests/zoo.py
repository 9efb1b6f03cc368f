"""Inputs and goldens of the model zoo beside the checkout (../shared/zoo), by the recipes of its zoo.json."""

import json
from pathlib import Path
from typing import Any

import numpy as np

ZOO = Path(__file__).resolve().parents[2] / "shared" / "zoo"


def models() -> dict[str, Any]:
    """The zoo's records by model name; empty where there is no zoo."""
    path = ZOO / "zoo.json"
    if not path.is_file():
        return {}
    return {model["id"]: model for model in json.loads(path.read_text())["models"]}


def make_input(recipe: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The array that a recipe describes: kinds lcg, image, values, strings and tones.

    Of tones the recipe tells rate, length and pitch; that each dies away, with its octave above it, was found by
    trial: so TF.js's outputs come out.
    """
    shape, (low, high) = recipe["shape"], recipe.get("range") or (0, 255)
    if recipe["kind"] in ("strings", "values"):
        dtype = object if recipe["kind"] == "strings" else recipe["dtype"]
        return np.array(recipe["values"], dtype).reshape(shape)
    if recipe["kind"] == "tones":
        i = np.arange(int(np.prod(shape)))
        hertz = np.array(recipe["hz"])[i // recipe["step"] % len(recipe["hz"])]
        seconds = i % recipe["step"] / recipe["rate"]
        turns = 2 * np.pi * hertz * seconds
        tones = 0.5 * (np.sin(turns) + 0.5 * np.sin(2 * turns)) * np.exp(-3 * seconds)
        return tones.reshape(shape).astype(recipe["dtype"])
    if recipe["kind"] == "lcg":
        i = np.arange(int(np.prod(shape)), dtype=np.int64)
        u = ((i * 1103515245 + 12345) % 2**31) / 2**31
        values = (
            low + u * (high - low) if recipe["dtype"] == "float32" else low + np.floor(u * (high - low + 1))
        )
        return values.reshape(shape).astype(recipe["dtype"])
    assert recipe["kind"] == "image", recipe["kind"]
    from PIL import Image

    pixels = np.asarray(Image.open(ZOO / "inputs" / recipe["file"]).convert("RGB"), dtype=np.float64)
    y0, x0, y1, x1 = recipe.get("crop") or (0, 0, *pixels.shape[:2])
    _, height, width, channels = shape
    rows = y0 + (2 * np.arange(height) + 1) * (y1 - y0) // (2 * height)
    columns = x0 + (2 * np.arange(width) + 1) * (x1 - x0) // (2 * width)
    chosen = pixels[rows][:, columns]
    if channels == 1:
        chosen = (chosen @ [0.299, 0.587, 0.114])[..., None]
    return (low + chosen / 255 * (high - low)).reshape(shape).astype(recipe["dtype"])


def golden(output: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The recorded output of TF.js."""
    return np.fromfile(ZOO / output["file"], dtype=output["dtype"]).reshape(output["shape"])
