"""`gl.utils`: the bar for loops of one's own, data of a `train_step`, names of what is registered."""

from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError

import glbackend as gl

GREEN, WHITE, BOLD, END = "\x1b[32m", "\x1b[37m", "\x1b[1m", "\x1b[0m"


def drawn(monkeypatch: Any, capsys: Any, target: int | None, calls: Any, **options: Any) -> str:
    """What a bar writes; each call comes 0.3 s after the one before."""
    clock = [100.0]
    monkeypatch.setattr("glbackend.training.progbar.time.time", lambda: clock[0])
    bar = gl.utils.Progbar(target, **options)
    for call in calls:
        clock[0] += 0.3
        call(bar)
    return str(capsys.readouterr().out)


def losses(count: int) -> list[Any]:
    return [
        lambda bar, i=i: bar.update(i + 1, [("loss", 1.0 / (i + 1)), ("acc", np.float32(i))])
        for i in range(count)
    ]


def test_a_bar_is_that_of_keras(monkeypatch: Any, capsys: Any) -> None:
    """Byte by byte as Keras 3.15.1 draws it."""
    lines = drawn(monkeypatch, capsys, 4, losses(4), width=8, stateful_metrics=["acc"]).split("\r")
    line = f"{BOLD}2/4{END} {GREEN}━━━━{END}{WHITE}━━━━{END} {BOLD}0s{END} 300ms/step - loss: 0.7500 - acc: 1.0000"
    assert lines[2] == f"{line}    " + "\b" * 55
    assert lines[4] == (
        f"{BOLD}4/4{END} {GREEN}━━━━━━━━{END}{WHITE}{END} {BOLD}1s{END} 300ms/step - loss: 0.2500 - acc: 3.0000\n"
    )
    assert lines[1].count("\b") == 59 and "acc: 0.0000e+00" in lines[1]


def test_a_bar_in_other_ways(monkeypatch: Any, capsys: Any) -> None:
    assert drawn(monkeypatch, capsys, 3, losses(3), verbose=0) == ""
    assert (
        drawn(monkeypatch, capsys, 3, losses(3), verbose=2)
        == "3/3 - 1s - 300ms/step - loss: 0.3333 - acc: 2.0000\n"
    )
    unknown = drawn(
        monkeypatch,
        capsys,
        None,
        [lambda bar: bar.add(2), lambda bar: bar.add(1, [("m", gl.tensor([1.0, 3.0]))])],
    )
    assert unknown.endswith(f"      3/Unknown {BOLD}1s{END} 200ms/step - m: 2.0000")
    assert (
        drawn(monkeypatch, capsys, 9, [lambda bar: bar.add(1)] * 5, interval=1.0, verbose=1).count("\r") == 2
    )
    with pytest.raises(ArgumentError, match="one of stateful_metrics and stateless_metrics"):
        gl.utils.Progbar(1, stateful_metrics=[], stateless_metrics=[])


def test_data_of_a_step_is_taken_apart_and_put_together() -> None:
    pack, unpack = gl.utils.pack_x_y_sample_weight, gl.utils.unpack_x_y_sample_weight
    assert unpack("x") == unpack(("x",)) == ("x", None, None)
    assert unpack(["x", "y"]) == ("x", "y", None) and unpack(("x", "y", "w")) == ("x", "y", "w")
    assert pack("x") == "x" and pack(["a", "b"]) == (["a", "b"],)
    assert pack("x", "y") == ("x", "y") and pack("x", "y", "w") == ("x", "y", "w")
    for wrong in ((), (1, 2, 3, 4)):
        with pytest.raises(ArgumentError, match=r"needs x, \(x, y\) or \(x, y, sample_weight\)"):
            unpack(wrong)


def test_names_and_objects_that_are_registered() -> None:
    saving = gl.saving

    @saving.register_keras_serializable(package="mine", name="other")
    class Named(gl.layers.Layer):
        pass

    class Derived(Named):
        pass

    @saving.register_keras_serializable()
    def squared_plus(x: Any) -> Any:
        return x * x + 1

    plain = gl.register(type("PlainOne", (gl.layers.Layer,), {}))
    names = [
        saving.get_registered_name(one) for one in (Named, Derived, squared_plus, plain, gl.layers.Dense)
    ]
    assert names == ["mine>other", "Derived", "Custom>squared_plus", "Custom>PlainOne", "Dense"]
    found = gl.utils.get_registered_object
    assert found("mine>other") is Named and found("Custom>squared_plus") is squared_plus
    assert found("other") is found("Custom>other") is found("Dense") is None
    assert found("Derived", {"Derived": Derived}) is found("Derived", None, {"Derived": Derived}) is Derived
    with gl.custom_object_scope({"D": Derived}):
        assert found("D") is Derived
    assert found("D") is None
