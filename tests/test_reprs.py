"""What things say of themselves, on a line and in a notebook."""

from html.parser import HTMLParser

import numpy as np

import glbackend as gl


class Checked(HTMLParser):
    """Every tag is closed, and the cells are counted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells = 0
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.cells += tag in ("td", "th")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_on_a_line() -> None:
    model = gl.sequential([gl.layers.dense(units=3, activation="relu", input_shape=[2], name="d")], name="m")
    assert repr(model) == "<Sequential 'm': 1 layers, 9 parameters>"
    assert repr(gl.sequential([], name="n")) == "<Sequential 'n', not built yet>"
    assert repr(model.layers[0]).startswith("Dense(units=3") and "name='d'" in repr(model.layers[0])
    assert repr(gl.optimizers.Adam(0.5, clipnorm=1.0)) == "Adam(learning_rate=0.5, clipnorm=1.0)"
    assert (
        repr(gl.optimizers.schedules.CosineDecay(0.1, 10))
        == "CosineDecay(initial_learning_rate=0.1, decay_steps=10)"
    )
    model.compile("sgd", "meanSquaredError")
    history = model.fit(np.zeros((4, 2)), np.zeros((4, 3)), epochs=2, verbose=0)
    assert (
        repr(history) == "<History of 2 epochs: loss 0>"
        and repr(gl.callbacks.History()) == "<History of 0 epochs>"
    )


def test_in_a_notebook() -> None:
    assert Checked(gl.tensor(np.arange(6.0).reshape(2, 3))._repr_html_()).cells == 6
    assert Checked(gl.zeros([100, 30])._repr_html_()).cells == 11 * 11
    assert (
        Checked(gl.scalar(1.0)._repr_html_()).cells == 1
        and Checked(gl.tensor(["<a>"])._repr_html_()).cells == 1
    )
    assert "<pre>" in gl.zeros([2, 2, 2])._repr_html_()
    gone = gl.zeros([2])
    gone.dispose()
    assert "disposed" in gone._repr_html_()
    a, b = gl.input([2]), gl.input([2])
    model = gl.model(inputs=[a, b], outputs=gl.layers.add()([gl.layers.dense(units=2)(a), b]))
    assert Checked(model._repr_html_()).cells == 5 * 5
    model.compile("sgd", "meanSquaredError")
    x = np.ones((4, 2), np.float32)
    history = model.fit([x, x], x, epochs=12, verbose=0, validation_data=([x, x], x))
    shown = Checked(history._repr_html_())
    assert shown.cells == 3 * 11 and history._repr_html_().count("<polyline") == 2
