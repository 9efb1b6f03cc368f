"""The shaders of large dense calls as GPUs are given them: `.ci/drivers` says what drivers make of them.

    python tools/dense_shaders.py FOLDER NAME [CHECKOUT]     NAME: what stands behind a call's in the table

CHECKOUT is another working tree, whose library is taken, so that two may stand in one table:

    python tools/dense_shaders.py dump before ../base && python tools/dense_shaders.py dump now
    .ci/drivers dump page.md
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Calls = dict[str, Callable[[], Any]]


def calls(gl: Any) -> Calls:
    """What is drawn: each large enough that the rule takes the tiles of large calls."""

    def conv(n: int, size: int, channels: int, out: int, taps: int = 3, stride: int = 1) -> tuple[Any, ...]:
        after = -(-size // stride)
        x, filter = gl.ones([n, size, size, channels]), gl.ones([taps, taps, channels, out])
        return x, filter, gl.ones([n, after, after, out]), stride

    def of(name: str, given: tuple[Any, ...]) -> Callable[[], Any]:
        x, filter, dy, stride = given
        if name == "Conv2D":
            return lambda: gl.conv2d(x, filter, stride, "same")
        inputs = {"x": x, "dy": dy} if name.endswith("Filter") else {"dy": dy, "filter": filter}
        shape = {"filter_shape": filter.shape} if "x" in inputs else {"input_shape": x.shape}
        attrs = {"strides": stride, "pad": "same", **shape}
        return lambda: gl.engine().run_kernel(name, inputs, attrs)

    a, x, taps = gl.ones([1024, 1024]), gl.ones([1, 112, 112, 64]), gl.ones([3, 3, 64, 1])
    return {
        "gemm": lambda: gl.matmul(a, a),
        "gemm, A transposed": lambda: gl.matmul(a, a, True, False),
        "gemm, B transposed": lambda: gl.matmul(a, a, False, True),
        "conv2d 3x3": of("Conv2D", conv(4, 56, 64, 64)),
        "conv2d 3x3, 512 channels": of("Conv2D", conv(4, 28, 512, 512)),
        "conv2d 3x3, stride 2": of("Conv2D", conv(4, 112, 64, 64, 3, 2)),
        "conv2d 7x7, 3 channels": of("Conv2D", conv(4, 224, 3, 64, 7, 2)),
        "input gradient 3x3": of("Conv2DBackpropInput", conv(4, 56, 64, 64)),
        "input gradient, stride 2": of("Conv2DBackpropInput", conv(4, 112, 64, 64, 3, 2)),
        "filter gradient 3x3": of("Conv2DBackpropFilter", conv(4, 56, 64, 64)),
        "filter gradient, 3 channels": of("Conv2DBackpropFilter", conv(4, 224, 3, 32, 3, 2)),
        "depthwise 3x3": lambda: gl.depthwise_conv2d(x, taps, 1, "same"),
    }


def main(folder: str, name: str, checkout: str = ".") -> int:
    """Writes a source for each call, that of its first pass."""
    sys.path.insert(0, str(Path(checkout).resolve()))
    os.environ |= {"GLBACKEND_BUFFERS": "0", "GLBACKEND_HOST_FORWARD": "0", "GLBACKEND_BACKEND": "webgl"}
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as seen:
        os.environ["GLBACKEND_DUMP_SHADERS"] = seen
        import glbackend as gl  # noqa: PLC0415 - of the checkout

        backend: Any = gl.engine().backend
        backend.context.software = False  # what tiles depend on
        for call, run in calls(gl).items():
            before = set(Path(seen).iterdir())
            run()
            new = [one for one in Path(seen).iterdir() if one not in before and "-untile-" not in one.name]
            if new:  # else the same source as another call's
                largest = max(new, key=lambda path: path.stat().st_size)
                (out / f"{call} {name}-0.frag").write_bytes(largest.read_bytes())
            else:
                print(f"{call}: the source of a call before", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
