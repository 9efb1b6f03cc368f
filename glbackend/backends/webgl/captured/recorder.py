"""What a graph draws, taken down while its kernels run for the first time.

A Cell stands for a texture from one `take` to the next. Ports are the values that each run is given anew.
Whatever else is read must be a constant: where something cannot be told, or values are read on the host, the
recording is `broken`, and says why.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from glbackend.backends.webgl.gl.pool import Kind, Texture
from glbackend.backends.webgl.gl.program import Program
from glbackend.backends.webgl.render import Tiles
from glbackend.base.late import Late
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Handle, Storage

Size = tuple[int, int, Kind, int]  # width, height, kind, layers


class Cell:
    """A texture that is drawn into and read, from `first` to `last`, as arena.py counts.

    `fresh`: somebody outside sees it, so each run has a new one. `exact`: it needs a texture of its size.
    `start`: at which texel of a buffer it begins.
    """

    __slots__ = ("exact", "first", "fresh", "last", "size", "start")

    def __init__(self, size: Size) -> None:
        self.size = size
        self.first = self.last = -1
        self.start = 0
        self.fresh = self.exact = False

    def lies_apart_in(self, texture: Texture) -> bool:
        """Whether only programs for textures of other sizes find its texels in `texture`."""
        width, height, kind, _ = self.size
        if kind == "b4":
            return False
        return texture.width != width or (kind != "f4[]" and texture.height != height)


class Port(NamedTuple):
    """A value that each run is given, by its number, in the form that a spec has."""

    number: int
    spec: Spec


Source = Cell | Port | Texture  # what a draw reads


class Copy(NamedTuple):
    """Texels copied into a buffer, from texel `start` of it on: of a texture, from `line` on, so much, `size`
    wide and high. Or that of each of the first `layers` of an array, `band` texels one after the other.
    """

    source: Source
    buffer: Cell
    size: tuple[int, int]
    layers: int = 1
    band: int = 0
    line: int = 0
    start: int = 0


class Drawn(NamedTuple):
    """One draw: what each input reads, its uniforms, those of them that are late, where it goes.

    `apart` gives the program to be used where textures are not of the sizes of their cells. Before the draw
    `copies` are made. `node` is the number of the node it belongs to. `tiles`: of what it leaves in layers,
    or finds there and puts in order.
    """

    program: Program
    apart: Callable[[], Program]
    reads: dict[str, Source]
    uniforms: dict[str, Any]
    lates: dict[str, Late]
    targets: list[Cell]
    viewport: tuple[int, int, int, int]
    node: int
    copies: list[Copy]
    tiles: Tiles | None = None

    def sources(self) -> Iterator[Source]:
        """All that it reads, or has copied, and into what."""
        yield from self.reads.values()
        for one in self.copies:
            yield from (one.source, one.buffer)


class _Float(float):
    number: int  # of the late number that it is the value of; programs keep it, and must not keep that alive


class _Int(int):
    number: int


class _Tuple(tuple[Any, ...]):
    number: int


_MARKED: dict[type, Any] = {float: _Float, int: _Int, tuple: _Tuple}
MARKS = (_Float, _Int, _Tuple)


class Recorder:
    """Listens to a renderer and its pool.

    `given` stand for the values of the ports, each with a texture of its own; `constants` hold data that
    never changes.
    """

    def __init__(self, given: Sequence[Handle], constants: Sequence[Storage]) -> None:
        self.draws: list[Drawn] = []
        self.broken = ""
        self._lates: list[Late] = []
        self.constants = list(constants)
        self.node = 0
        self._given = {id(one.storage): number for number, one in enumerate(given)}
        self._ports: dict[int, Port] = {}  # by the id of a texture
        for number, one in enumerate(given):
            (form,) = one.storage.forms.values()
            self._ports[id(form.texture)] = Port(number, one.spec)
        self._copies: list[Copy] = []  # for the next draw
        self._cells: dict[int, Cell] = {}  # by the id of the texture that stands for it now
        self._uploaded: set[int] = set()  # ids of textures of constants that came from the host
        self._fixed = {
            id(form.texture) for one in constants for form in one.forms.values() if hasattr(form, "texture")
        }

    def taken(self, texture: Texture) -> None:
        """The pool has lent a texture."""
        self._cells[id(texture)] = Cell((texture.width, texture.height, texture.kind, texture.layers))
        self._uploaded.discard(id(texture))

    def uploaded(self, storage: Storage, texture: Texture) -> None:
        """A texture was filled from the host: what only the host has is a constant."""
        self._uploaded.add(id(texture))
        self.constants.append(storage)

    def repacked(self, storage: Storage, spec: Spec, texture: Texture) -> None:
        """The last draw brought a storage into the form that `spec` has: of a port this is asked for anew in
        each run, and is there already where the value is that of the run before.
        """
        number = self._given.get(id(storage))
        if number is not None:
            if spec.size:
                self.draws.pop()
            self._ports[id(texture)] = Port(number, spec)

    def copied(self, texture: Texture, buffer: Texture, size: tuple[int, int]) -> None:
        """A corner of a texture was copied into a buffer, of which no more is needed than is filled."""
        cell = self._cells[id(buffer)]
        cell.size = buffer.width, -(-size[0] * size[1] // buffer.width), "b4", 1
        self._copies.append(Copy(self._source(texture), cell, size))

    def tiled(self, tiles: Tiles) -> None:
        """The last draw put in order what the one before left in layers, which are no higher than that."""
        if self.broken:
            return
        layers = self.draws[-2].targets[0]
        layers.size = layers.size[0], self.draws[-2].viewport[3], *layers.size[2:]
        self.draws[-2:] = [one._replace(tiles=tiles) for one in self.draws[-2:]]

    def drawn(
        self,
        program: Program,
        apart: Callable[[], Program],
        targets: Sequence[Texture],
        viewport: tuple[int, int, int, int],
        sources: Mapping[str, Any],
        uniforms: Mapping[str, Any],
    ) -> None:
        """The renderer has drawn."""
        values = dict(uniforms)
        reads: dict[str, Source] = {}
        for name, form in sources.items():
            if name in program.inputs:
                reads[name] = self._source(form.texture)
                values[f"{name}_inverse"], values[f"{name}_form"] = form.texture.inverse, form.layout.uniform
        lates = {
            name: self._lates[value.number] for name, value in values.items() if isinstance(value, MARKS)
        }
        cells = []
        for texture in targets:
            cell = self._cells.get(id(texture))
            if cell is None:
                self._break("a kernel draws into a texture that it was not lent")
                return
            cells.append(cell)
        copies, self._copies = self._copies, []
        self.draws.append(Drawn(program, apart, reads, values, lates, cells, viewport, self.node, copies))

    def cell(self, texture: Texture) -> Cell | None:
        """What a texture stands for, if it was drawn into."""
        return None if id(texture) in self._uploaded else self._cells.get(id(texture))

    def marked(self, late: Late, value: Any) -> Any:
        """The value of a late number, which is known again where it comes to be a uniform."""
        kind = _MARKED.get(type(value))
        if kind is None:
            return value
        one = kind(value)
        one.number = len(self._lates)
        self._lates.append(late)
        return one

    def read_back(self) -> None:
        """Values were read on the host."""
        self._break("a kernel reads values on the host")

    def check_lates(self, lates: Sequence[Late], first: int) -> None:
        """The late numbers of a node, whose draws begin with number `first`, must be among the uniforms."""
        found = {id(late) for drawn in self.draws[first:] for late in drawn.lates.values()}
        if any(id(late) not in found for late in lates):
            self._break("a late number is no uniform")

    def _source(self, texture: Texture) -> Source:
        port = self._ports.get(id(texture))
        if port is not None:
            return port
        cell = self.cell(texture)
        if cell is not None:
            return cell
        if id(texture) not in self._uploaded and id(texture) not in self._fixed:
            self._break("a kernel reads a texture that nobody knows")
        return texture

    def _break(self, why: str) -> None:
        self.broken = self.broken or why
