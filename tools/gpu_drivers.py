"""What the drivers of real GPUs make of our shaders, without a GPU; `.ci/drivers` runs both halves.

    compile FOLDER      on the driver at hand: links and draws every .frag, the driver's reports go to stderr
    table LOG DEVICE .. of those reports: docs/drivers.md on stdout, 1 where a source failed or spills

Registers and waves are what Mesa's compilers say: for NVIDIA and Apple those are not the vendors' own.
"""

import ctypes
import importlib.util
import math
import os
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

HOIST = Path(__file__).resolve().parents[1] / "glbackend/backends/webgl/gl/hoist.py"
DEBUG_OUTPUT, SYNCHRONOUS = 0x92E0, 0x8242
OLD = ("geforce9",)  # with 128 registers: what spills there is told, but is no fault
HEAD = """# Drivers of GPUs

Every shader that the kernels' cases compile (tiles of all sizes included) was compiled, linked and drawn by
Mesa's own OpenGL drivers, started without hardware by Debian's `mesa-drm-shim`: `.ci/drivers` does it, writes
this page, and fails on an error or a spill (spills on GeForce 9 are only told). Nothing executes there: this
tells neither whether numbers are right nor how fast they come. Convolutions take smaller tiles on GPUs than
on software renderers (`MAX_GPU_TEXELS` in `plan/tiling.py`): larger ones spilled on M1, failed on GeForce 9.

| device | renderer | driver | sources | failed | spilled |
| --- | --- | --- | ---: | ---: | ---: |
"""
SECOND = """
A row is a shader file; each cell the most registers that one of its programs takes: vector registers on AMD,
registers on GeForce, half registers on M1 (of 256), full registers on Adreno; after the slash the fewest
waves a SIMD on AMD (of 16, RX 580 8, Vega 10), threads on M1 (of 1024), waves on Adreno (of 16).

"""


class Report(NamedTuple):
    """What a driver said of one source."""

    source: str
    registers: int
    room: int | None  # waves or threads that fit in beside each other
    fault: str = ""  # an error; empty where there is none
    spill: str = ""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # the drivers write to stderr too


def compile_all(folder: Path) -> None:
    """Links and draws each source, so that the driver makes its code."""
    import moderngl  # noqa: PLC0415 - the other half runs without

    plain = _module(HOIST).plain  # glbackend itself needs more than there is here
    lib = os.environ["LIBS"]
    names: dict[str, Any] = {"backend": "egl", "libegl": f"{lib}/libEGL.so.1", "libgl": f"{lib}/libGL.so.1"}
    context = moderngl.create_context(standalone=True, require=330, **names)
    note = _listen(names["libegl"])
    _say(f"## {context.info['GL_RENDERER']}; {context.info['GL_VERSION']}")
    for path in sorted(folder.glob("*.frag")):
        source = path.read_text(encoding="utf-8")
        _say(f"@@ {path.stem}")
        try:
            program = context.program(**plain(source)._asdict())
        except moderngl.Error as error:
            _say("FAILED " + " ".join(str(error).split())[:300])
            continue
        target = context.framebuffer([context.texture((64, 64), 4, dtype=kind) for kind in outputs(source)])
        target.use()
        samplers = [key for key in program if key.endswith("_tex")]
        for unit, key in enumerate(samplers):
            program[key].value = unit  # type: ignore[union-attr]
        context.vertex_array(program, []).render(moderngl.TRIANGLES, 3)
        context.finish()
        if context.error != "GL_NO_ERROR":
            _say(f"FAILED {context.error} when drawing")
    del note


def _module(path: Path) -> Any:
    """A module that imports nothing of ours, without its package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outputs(source: str) -> list[str]:
    """The kinds of the textures that a fragment shader draws into.

    >>> outputs("#define ROWS 2\nlayout(location = 0) out vec4 tile[ROWS];"), outputs("out ivec4 out_0;")
    (['f4', 'f4'], ['i4'])
    """
    kinds = []
    if "#define DIRECT" in source:  # then the tiles of the dense kernels are left out by the preprocessor
        source = source.replace("out vec4 tile[ROWS]", "")
    declared = r"^(?:layout\(location = \d\) )?out (\w+) \w+(?:\[([\w *]+)\])?;"
    for kind, size in re.findall(declared, source, re.M):
        whole = kind == "ivec4" or (kind == "SUM" and "#define INTEGER" in source)
        factors = [re.findall(rf"#define {name} (\d+)", source)[0] for name in re.findall(r"\w+", size)]
        count = math.prod(map(int, factors))
        kinds += ["i4" if whole else "f4"] * count
    return kinds


def _listen(library: str) -> Any:
    """Has the driver's debug messages (nouveau and asahi report there) written to stderr."""
    egl = ctypes.CDLL(library)
    egl.eglGetProcAddress.restype = ctypes.c_void_p

    def function(name: str, *types: Any) -> Any:
        return ctypes.CFUNCTYPE(None, *types)(egl.eglGetProcAddress(name.encode()))

    number = ctypes.c_uint
    texts = (ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
    callback = ctypes.CFUNCTYPE(None, *[number] * 4, *texts)
    note = callback(lambda source, kind, id, severity, length, text, user: _say(text.decode().strip()))
    for flag in (DEBUG_OUTPUT, SYNCHRONOUS):
        function("glEnable", number)(flag)
    function("glDebugMessageCallback", callback, ctypes.c_void_p)(note, None)
    return note


def _waves(device: str, registers: int, wave: str) -> int:
    """Waves that the registers of a SIMD hold: 256 of 64 lanes on GCN, 512 on RDNA 2, 768 on RX 7900."""
    file, most = {"rx6800": (512, 16), "rx7900": (768, 16), "rx580": (256, 8), "vega": (256, 10)}[device]
    return min(most, file * 64 // int(wave[1:]) // max(registers, 1))


def report(device: str, source: str, said: str) -> Report:
    """What `device` said of a source; a fault where it said nothing."""
    failed = re.search(r"^FAILED .*|.*translation failed.*|.*RA failed.*", said, re.M)
    if failed:
        return Report(source, 0, None, failed[0])
    amd = re.findall(r"SGPRS: \d+ VGPRS: (\d+) Code Size: (\d+) .*?Scratch: (\d+) .*?\(PS, (W\d+)\)", said)
    if amd:  # the shader itself, and the little part that stores its outputs
        registers, _, scratch, wave = max(amd, key=lambda part: int(part[1]))
        spill = f"{scratch} bytes of scratch" if int(scratch) else ""
        return Report(source, int(registers), _waves(device, int(registers), wave), spill=spill)
    nvidia = re.findall(r"type: 4, local: (\d+), shared: \d+, gpr: (\d+),", said)
    if nvidia:
        local, registers = nvidia[-1]
        return Report(
            source, int(registers), None, spill=f"{local} bytes of local memory" if int(local) else ""
        )
    apple = re.findall(r"FS shader: .* (\d+) gprs, .* (\d+) threads, .* (\d+):\d+ spills", said)
    if apple:
        registers, threads, spills = map(int, apple[-1])
        return Report(source, registers, threads, spill=f"{spills} spills" if spills else "")
    full, held = re.findall(r"\d+ half, (\d+) full", said), re.findall(r"(\d+) max_waves", said)
    if full and held:
        stored = len(re.findall(r"\bstp\.", said))  # instructions that store to private memory
        spill = f"{stored} spills" if stored else ""
        return Report(source, int(full[-1]), int(held[-1]), spill=spill)
    return Report(source, 0, None, "the driver said nothing")


def table(folder: Path, devices: list[str]) -> tuple[str, list[str]]:
    """The page, and a line for each fault."""
    drivers, faults = [], []
    cells: dict[str, dict[str, str]] = defaultdict(dict)
    for device in devices:
        head, *parts = (folder / device).read_text(encoding="utf-8", errors="replace").split("@@ ")
        reports = [report(device, *part.split("\n", 1)) for part in parts]
        failed = [one for one in reports if one.fault]
        spilled = [one for one in reports if one.spill]
        counted = failed if device in OLD else failed + spilled
        faults += [f"{device}: {one.source}: {one.fault}{one.spill}" for one in counted]
        name = re.findall(r"^## (.*)", head, re.M)
        if not reports or not name:
            faults.append(f"{device}: did not start: {head[-300:].strip()}")
            continue
        renderer, version = re.sub(r", DRM [^)]*", "", name[0]).split("; ")
        counts = f"{len(reports)} | {len(failed)} | {len(spilled)}"
        drivers.append(f"| {device} | {renderer} | {version} | {counts} |")
        by_file: dict[str, list[Report]] = defaultdict(list)
        for one in reports:
            by_file[one.source.removeprefix("kernels-").rpartition("-")[0]].append(one)
        for file, those in by_file.items():
            room = [one.room for one in those if one.room is not None]
            cells[file][device] = f"{max(one.registers for one in those)}" + (f"/{min(room)}" if room else "")
    page = HEAD + "\n".join(drivers) + "\n" + SECOND
    page += f"| shader | {' | '.join(devices)} |\n|{' --- |' * (len(devices) + 1)}\n"
    for file, row in sorted(cells.items()):
        page += f"| {file} | {' | '.join(row.get(device, '') for device in devices)} |\n"
    return page, faults


def main(command: str, folder: str, *devices: str) -> int:
    """Runs one half."""
    if command == "compile":
        compile_all(Path(folder))
        return 0
    page, faults = table(Path(folder), list(devices))
    print(page, end="")
    for fault in faults:
        _say(fault)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
