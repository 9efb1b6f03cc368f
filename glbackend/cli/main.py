"""`python -m glbackend ...`. Parses, dispatches, turns errors into lines and exit codes.

0: done; 1: it could not be done, one line on stderr says why; 2: wrong usage; 130: interrupted.
"""

import argparse
import importlib
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glbackend import __version__
from glbackend.base.errors import GlbackendError
from glbackend.engine.backend import NAMES

DESCRIPTION = (
    "Neural networks on plain OpenGL: models run, looked into and converted; and what this machine can do."
)
EXAMPLES = """examples:
  python -m glbackend demo                          train on handwritten digits, draw pictures into demo/
  python -m glbackend run movenet/ photo.jpg --out found      what a model of any format finds, told and drawn
  python -m glbackend inspect model.keras --html model.html
  python -m glbackend convert model.keras web/ --quantize uint8 --check
  python -m glbackend upscale in.png out.png --model esrgan/
  python -m glbackend info --json
  python -m glbackend check
  python -m glbackend serve --model digits=models/digits
  python -m glbackend launch -n 4 train.py
  python -m glbackend cache list
  python -m glbackend profile train.py --epochs 2
"""


def parser() -> argparse.ArgumentParser:
    """The command line, without running anything."""
    top = argparse.ArgumentParser(
        prog="glbackend",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"glbackend {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _add_demo(commands)
    _add_run(commands)
    _add_inspect(commands)
    _add_explain(commands)
    _add_convert(commands)
    _add_upscale(commands)
    _add_info(commands)
    _add_check(commands)
    _add_serve(commands)
    _add_launch(commands)
    _add_cache(commands)
    _add_profile(commands)
    return top


def _add_demo(commands: Any) -> None:
    demo = commands.add_parser(
        "demo",
        help="train a small network on handwritten digits and draw what it learnt",
        description="Trains a small convolutional network on scikit-learn's handwritten digits, reports "
        "held-out accuracy, saves and loads it as a TF.js model, checks webgl against cpu, draws pictures.",
    )
    demo.add_argument("--backend", choices=NAMES, default="webgl", help="where to compute (default: webgl)")
    demo.add_argument(
        "--out", type=Path, default=Path("demo"), help="folder for model and pictures (default: demo)"
    )
    demo.add_argument(
        "--epochs", type=_positive, default=15, help="passes over the training digits (default: 15)"
    )


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="run a model on pictures, texts or recordings; tell and draw what it finds",
        description="Runs a model of any format that loads. What it is for is found out by what it takes and "
        "gives: classify (pictures, texts, sounds), detect (boxes), pose (people's key points), landmarks "
        "(the mesh of a face), segment (classes of pixels), upscale, notes (of a recording). With --out each "
        "input gets a picture and a JSON file. Needs pip install 'glbackend[vision]', for MIDI [midi].",
    )
    run.add_argument("model", type=Path, metavar="MODEL", help="a model's folder or file")
    run.add_argument("inputs", nargs="+", metavar="INPUT", help="a picture, a .wav file, a text or its file")
    run.add_argument("--out", type=Path, metavar="FOLDER", help="where pictures and JSON are written")
    run.add_argument("--task", help="what the model is for, where that cannot be told from its signature")
    run.add_argument("--labels", type=Path, metavar="FILE",
                     help="names of classes (default: labels.txt beside the model)")  # fmt: skip
    run.add_argument("--vocabulary", type=Path, metavar="FILE", help="words, one a line, for models of texts")
    run.add_argument("--normalize", metavar="MODE",
                     help="levels as raw (0 to 255), unit (0 to 1), tf (-1 to 1), torch, caffe, or a model "
                     "of keras.applications")  # fmt: skip
    run.add_argument("--fit", choices=("stretch", "crop", "pad"), help="how a picture gets the model's size")
    run.add_argument("--size", type=_positive, nargs=2, metavar=("HEIGHT", "WIDTH"),
                     help="for models that take pictures of any size")  # fmt: skip
    run.add_argument("--box", type=int, nargs=4, metavar=("TOP", "LEFT", "BOTTOM", "RIGHT"),
                     help="only this part of each picture, in pixels")  # fmt: skip
    run.add_argument("--rate", type=_positive, metavar="HERTZ", help="samples a second that the model takes")
    run.add_argument("--top", type=_positive, default=5, help="how many classes are told (default: 5)")
    run.add_argument("--threshold", type=float, default=0.3,
                     help="from which score something counts (default: 0.3)")  # fmt: skip
    run.add_argument("--backend", choices=NAMES, help="where to compute (default: the best there is)")


def _add_inspect(commands: Any) -> None:
    look = commands.add_parser(
        "inspect",
        help="tell what is in a model: inputs, outputs, layers or ops, sizes, what is unsupported",
        description="Tells what a model of any format takes, gives and consists of, how its weights lie in "
        "its files, and what keeps it from being loaded here (exit code 1).",
    )
    look.add_argument("model", type=Path, metavar="MODEL", help="a model's folder or file")
    look.add_argument(
        "--html", type=Path, metavar="FILE", help="also write a page with a picture of the graph"
    )


def _add_explain(commands: Any) -> None:
    explain = commands.add_parser(
        "explain",
        help="tell what a prediction of a model draws, pass by pass",
        description="Captures a prediction of a model of any format that loads, and tells each draw: its "
        "shader, what it reads, writes and computes, and why the result is stored.",
    )
    explain.add_argument("model", type=Path, metavar="MODEL", help="a model's folder or file")
    explain.add_argument("--html", type=Path, metavar="FILE", help="also write a page with the graph")
    explain.add_argument(
        "--shaders", type=Path, metavar="FOLDER", help="write the source of each shader here"
    )
    explain.add_argument("--size", type=_positive, default=1, help="for what may have any size (default: 1)")
    explain.add_argument("--backend", choices=NAMES, default="webgl", help="(default: webgl)")


def _add_convert(commands: Any) -> None:
    convert = commands.add_parser(
        "convert",
        help="write a model of any format as TF.js's, Keras's or ONNX",
        description="Loads a model of any format and writes it by the end of OUT: a folder or .json (TF.js's "
        "layers or graph model), .keras, .weights.h5, .safetensors (weights alone), .onnx.",
    )
    convert.add_argument("source", type=Path, metavar="IN", help="a model's folder or file")
    convert.add_argument("target", type=Path, metavar="OUT", help="where to write it")
    convert.add_argument("--to", choices=("layers", "graph"),
                         help="which of TF.js's formats (default: layers where there are any)")  # fmt: skip
    convert.add_argument("--quantize", action="append", metavar="[PATTERN=]DTYPE",
                         help="weights as float16, uint8 or uint16, all or by their names")  # fmt: skip
    convert.add_argument("--shard-size", metavar="BYTES", help="of a weight file, as 4M (default: 4M)")
    convert.add_argument("--check", nargs="?", const="", metavar="INPUTS.npz",
                         help="run both, tell how far they differ; by default on random numbers")  # fmt: skip
    convert.add_argument("--backend", choices=NAMES, help="where to check (default: the best there is)")


def _add_upscale(commands: Any) -> None:
    upscale = commands.add_parser(
        "upscale",
        help="enlarge a picture with an ESRGAN layers model",
        description="Enlarges a picture of any size with a TF.js layers model that takes "
        "[batch, height, width, 3]. Large pictures are done in overlapping tiles: memory stays bounded.",
    )
    upscale.add_argument("input", type=Path, metavar="IN", help="picture to enlarge")
    upscale.add_argument("output", type=Path, metavar="OUT", help="where to write it (.png, .jpg, ...)")
    upscale.add_argument(
        "--model", type=Path, required=True, help="folder with model.json, or the file itself"
    )
    upscale.add_argument("--backend", choices=NAMES, help="where to compute (default: the best there is)")
    upscale.add_argument(
        "--tile", type=_positive, default=256, help="largest tile, in input pixels (default: 256)"
    )
    upscale.add_argument("--range", type=float, default=255.0, dest="white", metavar="WHITE",
                         help="what white is for the model: 255 (default) or 1")  # fmt: skip


def _add_info(commands: Any) -> None:
    info = commands.add_parser(
        "info",
        help="tell which backend is chosen and why, and what OpenGL offers here",
        description="Tells which backend is chosen and why, the OpenGL renderer, its limits and formats, or "
        "what was tried where there is none; and the versions that matter in a bug report.",
    )
    info.add_argument("--json", action="store_true", help="print JSON")


def _add_check(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="run every kernel on this machine's OpenGL driver and compare with cpu",
        description="Runs every kernel's sample calls on webgl and compares with cpu in float64; tells the "
        "worst error in ulp, and names the kernels that fail: gl.set_backend('webgl', route_failed=True) "
        "then computes those on cpu.",
    )
    check.add_argument("--only", default="", metavar="TEXT", help="only kernels whose name contains this")
    check.add_argument("--json", type=Path, metavar="OUT", help="also write the figures as JSON")
    check.add_argument("--save", type=Path, metavar="FILE", help="keep the results for --compare elsewhere")
    check.add_argument("--compare", type=Path, action="append", default=[], metavar="FILE",
                       help="tell how another driver's results differ; may be repeated")  # fmt: skip


def _add_serve(commands: Any) -> None:
    serve = commands.add_parser(
        "serve",
        help="answer predictions over HTTP: TensorFlow Serving's REST and KServe v2",
        description="Serves models over HTTP. A model's folder holds versions 1/, 2/, ... (or is one itself"
        "); a new version is loaded and warmed up, then takes over. Requests that fit together run "
        "together. On uvicorn where it is installed (pip install 'glbackend[serve]').",
    )
    serve.add_argument("--model", action="append", required=True, metavar="NAME=FOLDER",
                       help="a model and its folder; may be given several times")  # fmt: skip
    serve.add_argument("--label", action="append", default=[], metavar="NAME:LABEL=VERSION",
                       help="a name for a version of a model")  # fmt: skip
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, default=8501, help="port, 0 for any free one (default: 8501)")
    serve.add_argument("--backend", choices=NAMES, help="where to compute (default: the best there is)")
    serve.add_argument("--max-batch", type=_positive, default=64, help="examples run together (default: 64)")
    serve.add_argument("--delay-ms", type=float, default=10.0,
                       help="how long a request waits at most for others (default: 10)")  # fmt: skip
    serve.add_argument("--queue", type=_positive, default=1024,
                       help="requests that may wait; more are answered with 429 (default: 1024)")  # fmt: skip
    serve.add_argument("--deadline", type=float, default=30.0,
                       help="seconds that a request may wait, else 504 (default: 30)")  # fmt: skip
    serve.add_argument("--max-body", type=_positive, default=64 * 2**20,
                       help="bytes of a request (default: 64 MiB)")  # fmt: skip
    serve.add_argument("--poll", type=float, default=1.0,
                       help="seconds between two looks for new versions (default: 1; 0: none)")  # fmt: skip
    serve.add_argument("--token-file", type=Path, help="requests must bring the token in this file")
    serve.add_argument("--ssl-certfile", type=Path, help="certificate for TLS")
    serve.add_argument("--ssl-keyfile", type=Path, help="its key")
    back = commands.add_parser("rollback", help="a served model goes back to the version before")
    back.add_argument("name", metavar="NAME", help="the model's name on the server")
    back.add_argument("--server", default="http://127.0.0.1:8501",
                      help="the server's address (default: http://127.0.0.1:8501)")  # fmt: skip
    back.add_argument("--follow", action="store_true", help="let newer versions take over again instead")
    back.add_argument("--token-file", type=Path, help="holds the token that the server wants")


def _add_launch(commands: Any) -> None:
    start = commands.add_parser(
        "launch",
        help="run a training program in several processes, one for each GPU",
        description="Starts a program that uses gl.distribute in several processes, by mpiexec and through "
        "mpi4py: where one fails, all end. Needs pip install 'glbackend[mpi]'.",
    )
    start.add_argument("-n", type=_positive, required=True, dest="processes", metavar="N",
                       help="how many processes")  # fmt: skip
    start.add_argument("--mpi", action="append", default=[], metavar="OPTION",
                       help="an option for mpiexec, as --mpi=-v; may be given several times")  # fmt: skip
    start.add_argument("program", nargs=argparse.REMAINDER, metavar="PROGRAM ...",
                       help="the program and its arguments")  # fmt: skip


def _add_cache(commands: Any) -> None:
    cache = commands.add_parser(
        "cache",
        help="list, pin, roll back, verify or clear the models that were fetched",
        description="Models that are loaded from addresses are kept under name, version and content, in "
        "GLBACKEND_CACHE_DIR or the user's cache directory. A NAME is an address, a name that a model was "
        "saved under, or a part of one that no other has.",
    )
    actions = cache.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action, help in (
        ("list", "all models, their versions, and which one is loaded (*)"),
        ("pin", "stay at a version: the server is not asked for newer ones"),
        ("unpin", "take newer versions again"),
        ("rollback", "go back to the version before, and stay there"),
        ("verify", "read all files again and compare their hashes"),
        ("clear", "remove a version, a model, or all that can be fetched again"),
    ):
        one = actions.add_parser(action, help=help, description=help)
        if action == "list":
            one.add_argument("--json", action="store_true", help="print JSON")
        else:
            one.add_argument("name", metavar="NAME", nargs="?" if action in ("verify", "clear") else None)
        if action in ("pin", "clear"):
            one.add_argument("--version", type=_positive, metavar="N", help="number of the version")


def _add_profile(commands: Any) -> None:
    profile = commands.add_parser(
        "profile",
        help="run a program and show what it did: kernels, draws, compilations, transfers, memory",
        description="Runs a program with its arguments and writes profile.html, a page, and profile.json, a "
        "trace for ui.perfetto.dev. Each kernel is waited for: the whole takes longer than without.",
    )
    profile.add_argument("--out", type=Path, default=Path("."), help="folder for both files (default: .)")
    profile.add_argument("--backend", choices=NAMES, help="where to compute (default: the best there is)")
    profile.add_argument("--kernels", action="store_true",
                         help="run captured graphs kernel by kernel, to see each one")  # fmt: skip
    profile.add_argument("program", nargs=argparse.REMAINDER, metavar="PROGRAM ...",
                         help="the program and its arguments")  # fmt: skip


def _positive(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit code."""
    top = parser()
    options = top.parse_args(arguments)
    if options.command is None:
        top.print_help(sys.stderr)
        return 2
    with warnings.catch_warnings():
        warnings.showwarning = _show
        return _answer(options)


def _show(message: Warning | str, *where: object, **more: object) -> None:
    """A warning as a line for people, not for programmers."""
    print(f"Note: {message}", file=sys.stderr)


def _answer(options: argparse.Namespace) -> int:
    """Runs the command; errors become lines."""
    try:
        return _run(options)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe went away
        sys.stderr.close()
        return 1
    except ModuleNotFoundError as error:
        print(
            f"glbackend {options.command}: needs {error.name}: pip install 'glbackend[demo]'", file=sys.stderr
        )
        return 1
    except (GlbackendError, OSError) as error:
        print(f"glbackend {options.command}: {error}", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    """Imports only what the command needs: `info` works without Pillow, matplotlib and scikit-learn."""
    if options.command == "demo":
        from glbackend.cli.demo import demo  # noqa: PLC0415

        return demo(options.backend, options.out, options.epochs)
    if options.command == "upscale":
        from glbackend.cli.upscale import upscale  # noqa: PLC0415

        return upscale(
            options.input, options.output, options.model, options.backend, options.tile, options.white
        )
    if options.command in ("run", "inspect", "explain", "convert", "serve", "rollback"):
        room = importlib.import_module(f"glbackend.cli.{options.command}")
        return int(getattr(room, options.command)(options))
    if options.command == "check":
        from glbackend.cli.check import check  # noqa: PLC0415

        return check(options.only, options.json, options.save, options.compare)
    if options.command == "launch":
        from glbackend.distribute.launch import launch  # noqa: PLC0415

        return launch(options.processes, options.program, options.mpi)
    if options.command == "cache":
        from glbackend.cli.cache import cache  # noqa: PLC0415

        return cache(
            options.action,
            getattr(options, "name", None),
            getattr(options, "version", None),
            getattr(options, "json", False),
        )
    if options.command == "profile":
        from glbackend.cli.profile import profile_program  # noqa: PLC0415

        return profile_program(options.program, options.out, options.backend, options.kernels)
    from glbackend.cli.info import info  # noqa: PLC0415

    return info(options.json)
