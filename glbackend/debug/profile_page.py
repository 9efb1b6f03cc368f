"""What a profile shows: tables by kernel, layer, line and shader, one page of HTML, a trace for Perfetto."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glbackend.base.html import nbytes_shown, section, tiles
from glbackend.base.html import page as whole_page

if TYPE_CHECKING:
    from glbackend.debug.profiling import KernelRun, Profile

MOST_DRAWN = 20_000  # kernels in the time line of a page: the longest
Rows = tuple[list[str], list[list[Any]]]
LANES = ("layers", "kernels", "compilations and transfers")


def said(profile: "Profile") -> str:
    """The profile in a line."""
    rest = profile.wall_ms - profile.kernel_ms
    return (
        f"{profile.device}: {profile.wall_ms:.1f} ms, {profile.kernel_ms:.1f} of it in "
        f"{len(profile.kernels)} kernels and {profile.num_draws} draws, {rest:.1f} in Python between them"
    )


def by_kernel(profile: "Profile") -> Rows:
    """A row a kernel, those that took longest first."""
    head = ["kernel", "runs", "ms", "%", "Python ms", "GPU ms", "draws", "read", "written"]
    rows = []
    for name, runs in _grouped(profile.kernels, lambda run: run.name):
        rows.append([name, len(runs), *_times(profile, runs), *_drawn(runs)])
    return head, rows


def by_layer(profile: "Profile") -> Rows:
    """A row a layer; gradients go by the kernel that they are of, as a tape knows no layers."""

    def name(run: "KernelRun") -> str:
        return run.where.layer or (f"gradient of {run.gradient_of}" if run.gradient_of else "(none)")

    head = ["layer", "kernels", "ms", "%", "Python ms", "GPU ms", "draws", "read", "written"]
    found = _grouped(profile.kernels, name)
    return head, [[one, len(runs), *_times(profile, runs), *_drawn(runs)] for one, runs in found]


def by_line(profile: "Profile") -> Rows:
    """A row for each of the user's lines, with the time in Python before its kernels."""
    before, end = {}, 0.0
    for run in profile.kernels:
        before[id(run)] = max(run.start_ms - end, 0.0)
        end = run.start_ms + run.milliseconds
    rows = []
    for line, runs in _grouped(profile.kernels, lambda run: run.where.line):
        ms = sum(run.milliseconds for run in runs)
        waited = sum(before[id(run)] for run in runs)
        rows.append([_short(line), runs[0].where.function, len(runs), f"{ms:.2f}", f"{waited:.2f}"])
    return ["line", "function", "kernels", "ms in kernels", "ms before them"], rows


def by_shader(profile: "Profile") -> Rows:
    """A row a shader: how often compiled and drawn, and for which kernels."""
    compiled: defaultdict[str, list[float]] = defaultdict(list)
    for span in profile.spans:
        if span.kind == "compile":
            compiled[span.name].append(span.milliseconds)
    drawn: defaultdict[str, list[Any]] = defaultdict(list)
    for run in profile.kernels:
        for draw in run.draws:
            drawn[draw.shader].append(draw)
    rows = []
    for name in sorted({*compiled, *drawn}, key=lambda one: -sum(compiled.get(one, ()))):
        draws = drawn[name]
        kernels = ", ".join(sorted({draw.kernel for draw in draws}))
        took = compiled.get(name, [])
        written = nbytes_shown(sum(draw.bytes_written for draw in draws))
        rows.append([Path(name).name, len(took), f"{sum(took):.1f}", len(draws), written, kernels])
    return ["shader", "compiled", "ms", "draws", "written", "for"], rows


def _grouped(
    runs: Sequence["KernelRun"], key: Callable[["KernelRun"], str]
) -> list[tuple[str, list["KernelRun"]]]:
    groups: defaultdict[str, list[KernelRun]] = defaultdict(list)
    for run in runs:
        groups[key(run)].append(run)
    return sorted(groups.items(), key=lambda one: -sum(run.milliseconds for run in one[1]))


def _times(profile: "Profile", runs: Sequence["KernelRun"]) -> list[str]:
    ms = sum(run.milliseconds for run in runs)
    known = [run.gpu_ms for run in runs if run.gpu_ms is not None]
    gpu = f"{sum(known):.2f}" + ("" if len(known) == len(runs) else "+") if known else "-"
    share = 100 * ms / max(profile.wall_ms, 1e-9)
    return [f"{ms:.2f}", f"{share:.1f}", f"{sum(run.python_ms for run in runs):.2f}", gpu]


def _drawn(runs: Sequence["KernelRun"]) -> list[Any]:
    draws = [draw for run in runs for draw in run.draws]
    return [len(draws), nbytes_shown(sum(draw.bytes_read for draw in draws)),
            nbytes_shown(sum(draw.bytes_written for draw in draws))]  # fmt: skip


def _short(line: str) -> str:
    path, _, number = line.rpartition(":")
    return f"{Path(path).name}:{number}"


# -- the page ------------------------------------------------------------------------------------------------


def page(profile: "Profile") -> str:
    """One HTML file."""
    compiled = [span for span in profile.spans if span.kind == "compile"]
    moved = {
        kind: sum(span.nbytes for span in profile.spans if span.kind == kind)
        for kind in ("upload", "read-back")
    }
    facts = [
        ("in all", f"{profile.wall_ms:.1f} ms"),
        ("in kernels", f"{profile.kernel_ms:.1f} ms"),
        ("in Python between them", f"{profile.wall_ms - profile.kernel_ms:.1f} ms"),
        ("on the GPU", _gpu_time(profile)),
        ("kernels", f"{len(profile.kernels):,}"),
        ("draws", f"{profile.num_draws:,}"),
        ("programs compiled", f"{len(compiled)} in {sum(one.milliseconds for one in compiled):.0f} ms"),
        ("uploaded", nbytes_shown(moved["upload"])),
        ("read back", nbytes_shown(moved["read-back"])),
        ("tensors held at most", nbytes_shown(profile.peak_bytes)),
        ("tensors left", f"{profile.new_tensors:+d}, {nbytes_shown(profile.new_bytes)}"),
    ]
    body = [f"<h1>Profile</h1><p>{escape(profile.device)}</p>", tiles(facts)]
    if profile.no_gpu_time:
        body.append(f"<p>No GPU time is told: {escape(profile.no_gpu_time)}.</p>")
    events = _events(profile)
    body.append(section("Time line", '<canvas id="time"></canvas>', _time_line_note(profile)))
    body.append(
        section(
            "Memory", '<canvas id="memory"></canvas>', "Bytes of tensors and of textures after each kernel."
        )
    )
    notes = {
        "Kernels": "ms: until the device was done. Python ms: until all was asked for. Read: bytes of the "
        "textures that passes read from. A click on a heading sorts.",
        "Layers": "The layer that was being called.",
        "Your lines": "The innermost line from outside glbackend, and what Python did before its kernels.",
        "Shaders": "ms: of compiling and linking; Mesa's software drivers do the most at the first draw.",
    }
    for (title, note), rows in zip(notes.items(), (by_kernel, by_layer, by_line, by_shader), strict=True):
        body.append(section(title, _table(*rows(profile)), note))
    script = Path(__file__).with_name("profile.js").read_text(encoding="utf-8")
    data = {"lanes": LANES, "events": events, "memory": _memory(profile), "wall": round(profile.wall_ms, 4)}
    return whole_page("Profile", "\n".join(body), script, data)


def _gpu_time(profile: "Profile") -> str:
    known = [run.gpu_ms for run in profile.kernels if run.gpu_ms is not None]
    if not known:
        return "not told"
    return f"{sum(known):.1f} ms" + ("" if len(known) == len(profile.kernels) else " or more")


def _time_line_note(profile: "Profile") -> str:
    left_out = len(profile.kernels) - MOST_DRAWN
    note = "Turn the wheel to zoom, drag to move, hover for what it is, double click for the whole."
    return note + (f" The {left_out:,} shortest kernels are left out here." if left_out > 0 else "")


def _table(head: list[str], rows: list[list[Any]]) -> str:
    cells = "".join(f"<th>{escape(one)}</th>" for one in head)
    lines = ["<tr>" + "".join(f"<td>{escape(str(one))}</td>" for one in row) + "</tr>" for row in rows]
    return f'<table class="sorts"><thead><tr>{cells}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


def _events(profile: "Profile") -> list[list[Any]]:
    """For the time line: lane, start, length, name, words."""
    kept = sorted(profile.kernels, key=lambda run: -run.milliseconds)[:MOST_DRAWN]
    events: list[list[Any]] = [[0, start, ms, name, ""] for name, start, ms in _layer_spans(profile)]
    events += [
        [1, run.start_ms, run.milliseconds, run.name, _words(run)]
        for run in sorted(kept, key=lambda run: run.start_ms)
    ]
    spans = sorted(profile.spans, key=lambda one: -one.milliseconds)[:MOST_DRAWN]
    events += [
        [2, one.start_ms, one.milliseconds, f"compile {one.name}" if one.kind == "compile" else one.kind,
         nbytes_shown(one.nbytes) if one.nbytes else ""]
        for one in spans
    ]  # fmt: skip
    return [[lane, round(start, 4), round(ms, 4), name, words] for lane, start, ms, name, words in events]


def _shaders(run: "KernelRun") -> str:
    """What was drawn: "gemm x 2, chain"."""
    counts = Counter(Path(draw.shader).name for draw in run.draws)
    return ", ".join(f"{name} x {count}" if count > 1 else name for name, count in counts.items())


def _words(run: "KernelRun") -> str:
    lines = [
        f"{_shown(run.input_shapes)} -> {_shown(run.output_shapes)}",
        f"Python {run.python_ms:.3f} ms" + ("" if run.gpu_ms is None else f", GPU {run.gpu_ms:.3f} ms"),
        f"draws: {_shaders(run)}" if run.draws else "no draw",
        f"{_short(run.where.line)}, {run.where.function}"
        + (f", layer {run.where.layer}" if run.where.layer else ""),
    ]
    return "\n".join([*lines, f"gradient of {run.gradient_of}"] if run.gradient_of else lines)


def _shown(shapes: list[Any]) -> str:
    shown = [str(list(one)) if not isinstance(one, list) else f"{len(one)} tensors" for one in shapes]
    return ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")


def _layer_spans(profile: "Profile") -> Iterator[tuple[str, float, float]]:
    """Kernels that follow each other in one layer, as one."""
    name, start, end = "", 0.0, 0.0
    for run in profile.kernels:
        if run.where.layer != name:
            if name:
                yield name, start, end - start
            name, start = run.where.layer, run.start_ms
        end = run.start_ms + run.milliseconds
    if name:
        yield name, start, end - start


def _memory(profile: "Profile") -> list[list[float]]:
    """After each kernel: when, bytes of tensors since the beginning, of textures in use, of free ones."""
    found: list[list[float]] = [[0.0, 0, 0, 0]]
    for run in profile.kernels:
        found.append([round(run.start_ms + run.milliseconds, 4), run.bytes_held, *run.pool])
    return found[:: -(-len(found) // MOST_DRAWN)]


# -- the trace -----------------------------------------------------------------------------------------------


def trace(profile: "Profile") -> str:
    """JSON of trace events, times in microseconds."""
    events: list[dict[str, Any]] = [
        {"ph": "M", "pid": 1, "tid": tid, "name": "thread_name", "args": {"name": name}}
        for tid, name in enumerate((*LANES, "GPU, as long as it says"), 1)
    ]
    events.append(
        {"ph": "M", "pid": 1, "name": "process_name", "args": {"name": f"glbackend on {profile.device}"}}
    )
    events += [_span(1, name, start, ms) for name, start, ms in _layer_spans(profile)]
    for run in profile.kernels:
        facts = {
            "inputs": _shown(run.input_shapes), "outputs": _shown(run.output_shapes), "line": run.where.line,
            "layer": run.where.layer, "python_ms": run.python_ms, "gpu_ms": run.gpu_ms,
            "draws": _shaders(run), "bytes_read": sum(draw.bytes_read for draw in run.draws),
            "bytes_written": sum(draw.bytes_written for draw in run.draws), "gradient_of": run.gradient_of,
        }  # fmt: skip
        events.append(_span(2, run.name, run.start_ms, run.milliseconds, facts))
        if run.gpu_ms is not None:
            events.append(_span(4, run.name, run.start_ms, run.gpu_ms))
        counted = {"tensors": run.bytes_held, "textures in use": run.pool[0], "textures free": run.pool[1]}
        end = (run.start_ms + run.milliseconds) * 1e3
        events += [{"ph": "C", "pid": 1, "name": f"bytes of {name}", "ts": end, "args": {"bytes": count}}
                   for name, count in counted.items()]  # fmt: skip
    events += [_span(3, f"{one.kind} {one.name}" if one.kind == "compile" else one.kind, one.start_ms,
                     one.milliseconds, {"bytes": one.nbytes}) for one in profile.spans]  # fmt: skip
    about = {"device": profile.device, "no_gpu_time": profile.no_gpu_time}
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms", "otherData": about})


def _span(tid: int, name: str, start_ms: float, ms: float, facts: Any = None) -> dict[str, Any]:
    return {
        "ph": "X",
        "pid": 1,
        "tid": tid,
        "name": name,
        "ts": start_ms * 1e3,
        "dur": ms * 1e3,
        "args": facts or {},
    }
