"""A graph as a list of prepared draws: program, textures, uniforms, framebuffer, viewport.

The first run goes through the kernels, and is recorded; later ones walk the list. What leaves the graph has
new textures in each run, what stays within lies in the arena.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from glbackend.backends.webgl.captured.arena import Held, Slot, slots_of
from glbackend.backends.webgl.captured.cutting import in_turns
from glbackend.backends.webgl.captured.ordering import without_ordering
from glbackend.backends.webgl.captured.recorder import Cell, Drawn, Port, Recorder, Size, Source
from glbackend.backends.webgl.gl import prepared
from glbackend.backends.webgl.gl.layout import Layout
from glbackend.backends.webgl.gl.pool import TEXEL_BYTES, Texture
from glbackend.backends.webgl.gl.prepared import Step
from glbackend.backends.webgl.gl.program import Program
from glbackend.backends.webgl.plan.tiling import SATURATING_FRAGMENTS, SATURATING_GPU_FRAGMENTS
from glbackend.backends.webgl.render import Form
from glbackend.base.dtypes import DType
from glbackend.base.errors import GLMemoryError
from glbackend.base.late import Late
from glbackend.base.shapes import Spec
from glbackend.engine.graph import Graph, Interpreted, pairs, said, why_stored
from glbackend.engine.node import handles_of, map_inputs
from glbackend.engine.storage import Handle, Storage

if TYPE_CHECKING:
    from glbackend.backends.webgl.backend import WebGL


class Made(NamedTuple):
    """A storage that each run makes anew: the texture drawn for it, and how its elements lie there."""

    cell: Cell
    layout: Layout
    dtype: DType
    size: int


class Result(NamedTuple):
    """Where a result comes from: a storage that is made or a value given, by its number, or a constant."""

    spec: Spec
    made: int | None = None
    port: int | None = None
    constant: Handle | None = None


class Replayed:
    """A plan of a graph all of whose kernels draw."""

    def __init__(self, graph: Graph, webgl: "WebGL") -> None:
        self.graph = graph
        self.webgl = webgl
        self.draws: list[Drawn] = []
        self.why_not = ""  # it cannot be replayed
        self._plain = Interpreted(graph, webgl)
        self._recorded: int | None = None  # with which version of the backend's choices
        self._constants: list[tuple[Storage, Any, Form]] = []  # with the key of a form that draws read
        self._ports: list[Port] = []  # those that draws read
        self._made: list[Made] = []
        self._results: list[Result] = []
        self._slots: dict[Cell, Slot] = {}
        self._steps: list[Step] | None = None  # None: the textures of the arena are to be found first
        self.held: list[Held] = []  # the arena's textures that it uses
        self._textures: list[Any] = []  # ports, then fresh ones, then the arena's and constants'

    def __call__(self, given: Sequence[Handle], known: dict[Late, Any]) -> list[Handle]:
        """The results for `given`; `known` are the values of the late numbers."""
        if self.why_not:
            return self._plain(given, known)
        with self.webgl.context:
            stale = self._recorded != self.webgl.tuning.version
            for one, key, form in self._constants:
                stale = stale or one.forms.get(key) is not form
            try:
                return (self._record if stale else self._replay)(given, known)
            except GLMemoryError:
                pass
        return self._plain(given, known)  # which holds no more than it needs, and says what does not fit

    def unbind(self) -> None:
        """Lets go of the arena's textures; the next run finds others."""
        self._steps, self._textures, self.held = None, [], []

    def bind_anew(self) -> None:
        """Looks for textures of the arena in the next run, and holds what it has until then."""
        self._steps = None

    def explain(self) -> list[str]:
        """A line for each draw, and for each node that needs none."""
        if self.why_not:
            return [f"kernel by kernel, as {self.why_not}:", *self._plain.explain()]
        lines, reasons, stored = [], why_stored(self.graph), 0
        draws: dict[int, list[Drawn]] = {}
        for drawn in self.draws:
            draws.setdefault(drawn.node, []).append(drawn)
        for number, node in enumerate(self.graph.nodes):
            lines.append(said(node) if number in draws else f"no draw: {said(node)}")
            for drawn in draws.get(number, ()):
                width, height = drawn.viewport[2:]
                size = sum(_nbytes(cell) for cell in drawn.targets)
                layers = f", {drawn.targets[0].size[3]} layers" if drawn.targets[0].size[3] > 1 else ""
                in_buffers = sum(
                    isinstance(one, Cell) and one.size[2] == "b4" for one in drawn.reads.values()
                )
                copied = f", {in_buffers} of them in buffers" if in_buffers else ""
                lines.append(
                    f"  draw {stored}: {drawn.program.name}, {width}x{height} fragments{layers}, reads "
                    f"{len(drawn.reads)} textures{copied}, writes {size:,} bytes"
                )
                stored += 1
            lines.append(f"  stored {reasons[number]}")
        held = sum(_nbytes_of(slot.size) for slot in set(self._slots.values()))
        new = sum(_nbytes(one.cell) for one in self._made)
        return [*lines, f"{len(self.draws)} draws; {held:,} bytes of the arena, {new:,} new"]

    # -- the first run -------------------------------------------------------------------------------------

    def _record(self, given: Sequence[Handle], known: dict[Late, Any]) -> list[Handle]:
        self.unbind()
        constants = self._constant_storages()
        inner = self._stand_ins(given, constants)
        recorder = Recorder(inner, constants)
        values = {id(symbol): one for symbol, one in zip(self.graph.given, inner, strict=True)}

        def value(handle: Handle) -> Handle:
            return values.get(id(handle), handle)

        with self.webgl.heard_by(recorder):
            for recorder.node, node in enumerate(self.graph.nodes):
                first = len(recorder.draws)
                lates = [one for one in node.checked.attrs.values() if isinstance(one, Late)]
                result = node.run(
                    self.webgl,
                    map_inputs(value, node.inputs),
                    lambda late: recorder.marked(late, late.value(known)),
                )
                values.update((id(symbol), one) for symbol, one in pairs(node, result))
                if lates and any(one.size for one in result):
                    recorder.check_lates(lates, first)
        results = [value(handle) for handle in self.graph.results]
        wrapped = {id(one.storage): outer for one, outer in zip(inner, given, strict=True)}
        self.why_not = recorder.broken
        if not recorder.broken:
            self._keep(recorder, results, {id(one.storage): i for i, one in enumerate(inner)})
        return [
            Handle(wrapped[id(one.storage)].storage, one.spec) if id(one.storage) in wrapped else one
            for one in results
        ]

    def _constant_storages(self) -> list[Storage]:
        inner = {id(one) for one in self.graph.given} | {
            id(one) for node in self.graph.nodes for one in node.outputs
        }
        used = [one for node in self.graph.nodes for one in handles_of(node.inputs)] + self.graph.results
        found = {id(one.storage): one.storage for one in used if id(one) not in inner}
        for storage in found.values():
            self.webgl.at_home(storage)
        return list(found.values())

    def _stand_ins(self, given: Sequence[Handle], constants: Sequence[Storage]) -> list[Handle]:
        """What the kernels see in place of the values given: textures and nothing else, each its own."""
        taken = {
            id(form.texture) for one in constants for form in one.forms.values() if isinstance(form, Form)
        }
        inner: list[Handle] = []
        for handle in given:
            form = self.webgl.usual_form(handle)
            if id(form.texture) in taken:
                form = self.webgl.repacked(form, handle.spec, form.layout)
            taken.add(id(form.texture))
            storage = Storage(handle.dtype, handle.size, counted=False)
            storage.owner = self.webgl
            storage.forms[form.layout.key] = form
            inner.append(Handle(storage, handle.spec))
        return inner

    def _keep(self, recorder: Recorder, results: Sequence[Handle], ports: dict[int, int]) -> None:
        """Makes of what was recorded the list of draws that later runs need."""
        constants = {id(one): one for one in recorder.constants}
        kept = {
            id(cell): form.texture
            for one in constants.values()
            for form in one.forms.values()
            if isinstance(form, Form) and (cell := recorder.cell(form.texture)) is not None
        }
        self._made, self._results = [], []
        storages: dict[int, int] = {}
        for handle in results:
            storage = handle.storage
            if id(storage) in ports:
                self._results.append(Result(handle.spec, port=ports[id(storage)]))
            elif id(storage) in constants or not storage.forms:
                self._results.append(Result(handle.spec, constant=handle))
            else:
                if id(storage) not in storages:
                    storages[id(storage)] = len(self._made)
                    form = next(iter(storage.forms.values()))
                    cell = recorder.cell(form.texture)
                    assert cell is not None
                    cell.fresh = True
                    self._made.append(Made(cell, form.layout, storage.dtype, storage.size))
                self._results.append(Result(handle.spec, made=storages[id(storage)]))
        self.draws = [
            drawn._replace(
                reads={name: kept.get(id(source), source) for name, source in drawn.reads.items()},
                copies=[one._replace(source=kept.get(id(one.source), one.source)) for one in drawn.copies],
            )
            for drawn in recorder.draws
            if not all(id(cell) in kept for cell in drawn.targets)
        ]
        context = self.webgl.context
        self.draws = without_ordering(self.draws, context.max_buffer_texels)
        least = (SATURATING_FRAGMENTS if context.software else SATURATING_GPU_FRAGMENTS) // 2
        self.draws = in_turns(self.draws, context.buffer_step, least)
        sources = {id(source): source for drawn in self.draws for source in drawn.sources()}
        self._constants = [
            (one, key, form)
            for one in constants.values()
            for key, form in one.forms.items()
            if isinstance(form, Form) and id(form.texture) in sources
        ]
        self._ports = list({source: None for source in sources.values() if isinstance(source, Port)})
        self._slots = slots_of(self.draws, context.buffer_step)
        self._recorded = self.webgl.tuning.version

    # -- all others ----------------------------------------------------------------------------------------

    def _replay(self, given: Sequence[Handle], known: dict[Late, Any]) -> list[Handle]:
        webgl = self.webgl
        forms = [webgl.usual_form(Handle(given[port.number].storage, port.spec)) for port in self._ports]
        fresh = [self._fresh(made) for made in self._made]
        steps = self._steps or self._bind()  # last, as until here memory may be short
        textures, count = self._textures, len(forms) + len(fresh)
        textures[:count] = [*[form.texture for form in forms], *fresh]
        if webgl.pool.poison:
            for texture in textures[count : count + len(set(self._slots.values()))]:
                webgl.pool.fill_with_nan(texture)
        drawn = self._checking() if webgl.context.debug else webgl.backlog.drawn
        if webgl.watchers:
            drawn = self._telling(drawn)
        try:
            prepared.run(steps, textures, webgl.pool, known, drawn, webgl.stopwatch)
        finally:
            textures[:count] = [None] * count
        webgl.draw_count += len(steps)
        owned = [
            webgl.own(Spec((made.size,), made.dtype), made.layout, Form(texture, made.layout)).storage
            for made, texture in zip(self._made, fresh, strict=True)
        ]
        return [self._result(one, owned, given) for one in self._results]

    def _checking(self) -> Callable[[], None]:
        """Asks after each draw, in debug mode, and names the node that an error belongs to."""
        left = iter(self.draws)

        def drawn() -> None:
            self.webgl.backlog.drawn()
            node = self.graph.nodes[next(left).node]
            self.webgl.context.check_now(f"replaying {said(node)}")

        return drawn

    def _telling(self, then: Callable[[], None]) -> Callable[[], None]:
        """Tells those who watch of each draw."""
        left = iter(self.draws)

        def drawn() -> None:
            one = next(left)
            kernel = self.graph.nodes[one.node].kernel
            read = sum(_read_bytes(source, self.webgl) for source in one.reads.values())
            written = one.viewport[2] * one.viewport[3] * sum(cell.size[3] for cell in one.targets)
            name = one.program.name.removeprefix("kernels/").removesuffix(".glsl")
            self.webgl.tell_drawn(name, kernel, read, written * TEXEL_BYTES)
            then()

        return drawn

    def _fresh(self, made: Made) -> Texture:
        width, height, kind, layers = made.cell.size
        return self.webgl.pool.take(width, height, kind, Spec((made.size,), made.dtype), layers, exact=True)

    @staticmethod
    def _result(one: Result, owned: Sequence[Storage], given: Sequence[Handle]) -> Handle:
        if one.constant is not None:
            return Handle(one.constant.storage, one.spec)
        return Handle(given[one.port].storage if one.port is not None else owned[one.made or 0], one.spec)

    def _bind(self) -> list[Step]:
        """Finds the textures of the arena, and makes the draws ready."""
        wanted = list(dict.fromkeys(self._slots.values()))
        held = self.webgl.arena.hold(self, wanted)
        arena = {slot: one.texture for slot, one in held.items()}
        ahead = len(self._ports)
        places: dict[Any, int] = {port: i for i, port in enumerate(self._ports)}
        places |= {id(made.cell): ahead + i for i, made in enumerate(self._made)}
        textures: list[Any] = [None] * (ahead + len(self._made))
        for texture in arena.values():
            places[id(texture.gl)] = len(textures)
            textures.append(texture)

        def place(source: Any) -> int:
            if isinstance(source, Port):
                return places[source]
            if isinstance(source, Cell):
                if source.fresh:
                    return places[id(source)]
                source = arena[self._slots[source]].view(source.start)
            key = id(source.gl)  # that of a view of a buffer is kept with the buffer
            if key not in places:
                places[key] = len(textures)
                textures.append(source)
            return places[key]

        steps = []
        for drawn in self.draws:
            program, uniforms = _program(drawn, lambda cell: arena[self._slots[cell]])
            lates = {name: late for name, late in drawn.lates.items() if name in uniforms}
            fixed = {name: value for name, value in uniforms.items() if name not in lates}
            reads = [(place(source), program.inputs[name][0]) for name, source in drawn.reads.items()]
            copies = [(place(one.source), place(one.buffer), one[2:]) for one in drawn.copies]
            targets = [place(cell) for cell in drawn.targets]
            step = Step(program, reads, fixed, lates, targets, drawn.viewport, copies)
            step.fixed = len(targets) == 1 and not drawn.targets[0].fresh
            steps.append(step)
        prepared.link(steps)
        self._steps, self._textures, self.held = steps, textures, list(held.values())
        return steps


def _program(drawn: Drawn, texture: Callable[[Cell], Texture]) -> tuple[Program, dict[str, Any]]:
    """The program of a draw that reads from the arena's textures, and its uniforms."""
    found = {
        name: (cell, texture(cell))
        for name, cell in drawn.reads.items()
        if isinstance(cell, Cell) and not cell.fresh
    }
    apart = any(cell.lies_apart_in(one) for cell, one in found.values())
    program = drawn.apart() if apart else drawn.program
    inverses = {f"{name}_inverse": one.inverse for name, (_, one) in found.items()}
    return program, program.present({**drawn.uniforms, **inverses})


def _read_bytes(source: Source, webgl: "WebGL") -> int:
    if isinstance(source, Cell):
        return _nbytes(source)
    return (
        source.nbytes if isinstance(source, Texture) else webgl.layout(source.spec.shape).texels * TEXEL_BYTES
    )


def _nbytes(cell: Cell) -> int:
    return _nbytes_of(cell.size)


def _nbytes_of(size: Size) -> int:
    width, height, _, layers = size
    return width * height * layers * TEXEL_BYTES
