"""What kernels ask for: the texture forms of storages, and passes from handles to handles."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from glbackend.backends.webgl.gl.layout import Layout, layout_of, raw_layout
from glbackend.backends.webgl.gl.pool import TEXEL_BYTES, Kind, Texture
from glbackend.backends.webgl.gl.transfer import download, upload
from glbackend.backends.webgl.plan.tiling import override
from glbackend.backends.webgl.render import Form, Renderer
from glbackend.base.dtypes import NUMPY, DType
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.storage import Coded, Handle, Reading, Storage

KIND: dict[DType, Kind] = {"float32": "f4", "int32": "i4", "bool": "i4"}

# What a copy into a buffer costs, in texel reads: each texel, and the call. Copies are made by one core while
# others wait, reads by all.
COPY_TEXEL_READS, COPY_READS = 0.6, 20_000


def holds_integers(dtype: DType) -> int:
    """1 where a texture holds the dtype as integers, else 0: the INTEGER of shaders."""
    return int(KIND[dtype] == "i4")


class Forms(Renderer):
    """Kernels call `draw` with handles; forms are uploaded and repacked as they are read."""

    known_gain: float | None = None  # of reading from buffers, once it was asked for

    def buffer_gain(self) -> float:
        """The part of a dense pass that reading from buffers saves here."""
        raise NotImplementedError

    # -- forms ---------------------------------------------------------------------------------------------

    def layout(self, shape: Shape) -> Layout:
        """How a tensor of `shape` lies in its texture."""
        return layout_of(shape, self.context.max_size)

    def form(self, x: Handle) -> Form:
        """The texture form of `x` for its row length; uploads or repacks where there is none yet."""
        storage = x.storage
        layout = self.layout(x.spec.shape)
        found: Form | None = storage.forms.get(layout.key)
        if found is None and isinstance(storage, Coded):
            found = storage.forms[layout.key] = self._of_codes(storage, x.spec, layout)
            storage.owner = self
        if found is None:
            if storage.host is None and not storage.forms:
                storage.values()  # raises, and says why there is no data
            if storage.host is not None:
                found = self.make(x.spec, layout)
                with self.moving("upload", found.texture.nbytes):
                    upload(found.texture, layout, storage.host)
                if self.listener is not None:
                    self.listener.uploaded(storage, found.texture)
            else:
                source = next(iter(storage.forms.values()))
                found = self.repacked(source, x.spec, layout)
                if self.listener is not None:
                    self.listener.repacked(storage, x.spec, found.texture)
            storage.owner = self
            storage.forms[layout.key] = found
        elif found.layout.row_texels != layout.row_texels:  # the same texels seen with another row length
            return Form(found.texture, layout.placed_as(found.layout), found.scale)
        return found

    def by_number(
        self, reads: int | Mapping[str, int], inputs: Mapping[str, Handle]
    ) -> AbstractContextManager[Mapping[str, Handle | Form]]:
        """`inputs` for a shader that finds about `reads` texels by their numbers alone (`x_at`).

        Their texels are copied into buffers, if reading them there is so much cheaper that this pays: all or
        none of them, or each by its own reads, where `reads` tells those of each.
        """
        if isinstance(reads, int):
            forms = self._worth_copying(reads, inputs)
        else:
            forms = {}
            for name, x in inputs.items():
                forms |= self._worth_copying(reads[name], {name: x})
        return self._copied(forms, inputs) if forms else nullcontext(inputs)

    @contextmanager
    def _copied(
        self, forms: Mapping[str, Form], inputs: Mapping[str, Handle]
    ) -> Iterator[Mapping[str, Handle | Form]]:
        """`inputs`, of which `forms` are copied into buffers, which are given back in the end; of one tensor,
        seen twice, one.
        """
        copies: dict[Texture, Form] = {}
        for form in forms.values():
            if form.texture not in copies:
                copies[form.texture] = self.in_buffer(form)
        copied = {name: Form(copies[form.texture].texture, form.layout) for name, form in forms.items()}
        yield {**inputs, **copied}
        for copy in copies.values():
            copy.give_back()

    def _worth_copying(self, reads: int, inputs: Mapping[str, Handle]) -> dict[str, Form]:
        """The forms of `inputs`; none where copies do not pay, or cannot be made."""
        wanted = override().buffers
        always = wanted or (wanted is None and self.known_gain == math.inf)
        if wanted is False or reads <= (0 if always else COPY_READS):  # would not pay if reads were free
            return {}
        self.dearer_ways += 1
        gain = math.inf if always else self.buffer_gain()
        if reads * gain <= COPY_READS * len(inputs):
            return {}
        forms = {name: self.form(x) for name, x in inputs.items()}
        copied = {form.texture: form.layout.texels for form in forms.values()}
        pays = reads * gain > COPY_TEXEL_READS * sum(copied.values()) + COPY_READS * len(copied)
        return forms if pays and all(self.may_be_copied(form.texture) for form in forms.values()) else {}

    def may_be_copied(self, texture: Texture) -> bool:
        """Whether `in_buffer` takes what lies in it."""
        size = texture.width * texture.height
        return texture.kind == "f4" and not texture.foreign and size <= self.context.max_buffer_texels

    def in_buffer(self, form: Form) -> Form:
        """The texels of a form in a buffer, which the caller gives back."""
        texture, width = form.texture, 128
        texels = texture.width * form.layout.height
        while -(-texels // width) > self.context.max_size:
            width *= 2
        buffer = self.pool.take(width, -(-texels // width), "b4", "a texture's copy in a buffer")
        size = texture.width, form.layout.height
        self.pool.copy(texture, buffer, size)
        if self.listener is not None:
            self.listener.copied(texture, buffer, size)
        return Form(buffer, form.layout)

    def usual_form(self, x: Handle) -> Form:
        """As `form`, of data that may lie on another backend or be codes, in a texture as ours are."""
        self.at_home(x.storage)
        form = self.form(x)
        texture, layout = form.texture, self.layout(x.spec.shape)
        if (
            texture.width == layout.width
            and texture.height == self.pool.height(layout.height)
            and texture.kind in ("f4", "i4")
            and not texture.foreign
        ):
            return form
        return self.repacked(form, x.spec, layout)

    def at_home(self, storage: Storage) -> None:
        """Brings to the host what another backend object holds (one before an adopted context, one of a
        test)."""
        if storage.forms and storage.owner is not self:
            assert storage.owner is not None
            storage.host = storage.values()
            storage.owner.release(storage)
            storage.owner = None

    def _of_codes(self, storage: Coded, spec: Spec, layout: Layout) -> Form:
        """A texture of what is kept in fewer bits, as it is kept."""
        kinds: dict[str, Kind] = {"uint8": "u1", "uint16": "u2", "float16": "f2"}
        texture = self.pool.take(layout.width, layout.height, kinds[storage.codes.dtype.name], spec)
        with self.moving("upload", texture.nbytes):
            upload(texture, layout, storage.codes, storage.zero)
        if self.listener is not None:
            self.listener.uploaded(storage, texture)
        return Form(texture, layout, None if storage.scale is None else (storage.scale, float(storage.zero)))

    def own(self, spec: Spec, layout: Layout, form: Form) -> Handle:
        """A new storage that owns a texture just drawn."""
        storage = Storage(spec.dtype, spec.size)
        storage.owner = self
        storage.forms[layout.key] = form
        return Handle(storage, spec)

    def make(self, spec: Spec, layout: Layout) -> Form:
        """A form with an undefined content; GLMemoryError where it cannot be had."""
        return Form(self.pool.take(layout.width, layout.height, KIND[spec.dtype], spec), layout)

    def repacked(self, source: Form, spec: Spec, layout: Layout) -> Form:
        """The same elements laid out for another row length, in one pass."""
        form = self.make(spec, layout)
        if layout.texels:
            structure = {"INTEGER": int(form.texture.kind == "i4")}
            size = layout.width, layout.height
            self.render("repack", [form.texture], size, {"x": source}, {}, structure, {}, layout)
        return form

    def read(self, storage: Storage) -> np.ndarray[Any, Any]:
        """Reads a storage back: the one place where data leaves the GPU."""
        with self.context:
            if self.listener is not None:
                self.listener.read_back()
            if "parts" in storage.forms:
                real, imaginary = (part.values() for part in storage.forms["parts"])
                pair = np.empty(real.shape, NUMPY["complex64"])
                pair.real, pair.imag = real, imaginary  # a sum would make a NaN of an infinite part
                return pair
            form: Form = next(iter(storage.forms.values()))
            with self.moving("read-back", form.layout.texels * TEXEL_BYTES):
                values = download(self.pool, form.texture, form.layout)
            self.context.check_now(f"reading back {storage.size} elements of {storage.dtype}")
        return values.astype(NUMPY[storage.dtype], copy=False)

    def reading(self, storage: Storage) -> Reading:
        """As `read`, by way of a buffer, into which the GPU copies while it draws what it is asked later."""
        form = next(iter(storage.forms.values()))
        in_a_row = isinstance(form, Form) and (form.layout.rows == 1 or not form.layout.padded)
        if not in_a_row or storage.dtype != "float32" or not self.may_be_copied(form.texture):
            return Reading(self.read(storage))
        values = np.empty(form.texture.width * form.layout.height * 4, np.float32)
        with self.context:
            buffer = self.in_buffer(form).texture
            self.context.check_now(f"beginning to read back {storage.size} elements")
            ready = self.ready()

        def wait() -> None:
            with self.context, self.moving("read-back", values.nbytes):
                buffer.gl.buffer.read_into(values, values.nbytes)
            buffer.give_back()

        return Reading(values[: storage.size], ready, wait)

    def release(self, storage: Storage) -> None:
        """Gives a storage's textures back to the pool; any thread."""
        for form in storage.forms.values():
            if isinstance(form, Form):
                form.give_back()
        storage.forms.clear()

    def ready(self) -> Callable[[], bool]:
        """A function to poll: True once the GPU has done all that was asked up to now. It never waits."""
        return self.fences.fence()

    # -- passes --------------------------------------------------------------------------------------------

    def draw(
        self,
        shader: str,
        out: Spec | Sequence[Spec],
        inputs: Mapping[str, Handle | Texture | Form],
        *,
        uniforms: Mapping[str, Any] | None = None,
        defines: Mapping[str, object] | None = None,
        pieces: Mapping[str, str] | None = None,
    ) -> Any:
        """One pass of `shaders/<shader>` over the texels of `out`: its handle, or a tuple of them.

        Several specs (MRT) must have one shape, or rows of whole texels, as many as the first. Inputs appear
        in GLSL as `<name>_at(t)`.
        """
        sources = self._sources(inputs)
        if isinstance(out, Spec):
            form = self.make(out, self.layout(out.shape))
            self._fill(shader, [form], sources, uniforms, defines, pieces)
            return self.own(out, form.layout, form)
        forms = [self.make(spec, self.layout(spec.shape)) for spec in out]
        self._fill(shader, forms, sources, uniforms, defines, pieces)
        return tuple([self.own(spec, form.layout, form) for spec, form in zip(out, forms, strict=True)])

    def _fill(
        self,
        shader: str,
        forms: list[Form],
        sources: Mapping[str, Form],
        uniforms: Mapping[str, Any] | None,
        defines: Mapping[str, object] | None,
        pieces: Mapping[str, str] | None,
    ) -> None:
        """One pass over all texels of new forms, if there are any."""
        layout = forms[0].layout
        if layout.texels:
            targets = [form.texture for form in forms]
            padded = tuple([form.layout.padded for form in forms])
            size = layout.width, layout.height
            self.render(
                shader, targets, size, sources, uniforms or {}, defines or {}, pieces or {}, layout,
                padded=padded,
            )  # fmt: skip

    def draw_runs(self, out: Spec, xs: Sequence[Handle]) -> Handle:
        """The texels of `xs` one after the other: a draw for each, over the lines of texels that it fills."""
        layout = self.layout(out.shape)
        form = self.make(out, layout)
        start = 0
        for x in xs:
            source = self.form(x)
            end = start + source.layout.texels
            top, bottom = start // layout.width, -(-end // layout.width)
            values = {"start": start, "count": source.layout.texels}
            size = layout.width, bottom - top
            self.render("run", [form.texture], size, {"x": source}, values, {}, {}, layout, top)
            start = end
        return self.own(out, layout, form)

    def draw_tiles(
        self,
        shader: str,
        count: int,
        size: tuple[int, int],
        inputs: Mapping[str, Handle | Texture | Form],
        *,
        uniforms: Mapping[str, Any] | None = None,
        defines: Mapping[str, object] | None = None,
        pieces: Mapping[str, str] | None = None,
        kind: Kind = "f4",
    ) -> list[Texture]:
        """One pass into `count` raw textures of `size` (MRT), which the caller gives back."""
        tiles = [self.pool.take(*size, kind) for _ in range(count)]
        self.render(shader, tiles, size, self._sources(inputs), uniforms or {}, defines or {}, pieces or {})
        return tiles

    def draw_layers(
        self,
        shader: str,
        count: int,
        size: tuple[int, int],
        inputs: Mapping[str, Handle | Texture | Form],
        *,
        uniforms: Mapping[str, Any] | None = None,
        defines: Mapping[str, object] | None = None,
        pieces: Mapping[str, str] | None = None,
    ) -> Texture:
        """One pass into the `count` layers of a raw texture array, which the caller gives back."""
        layers = self.pool.take(*size, "f4[]", f"{count} layers between the passes of {shader}", count)
        self.render(
            shader, [layers], size, self._sources(inputs), uniforms or {}, defines or {}, pieces or {}
        )
        return layers

    def draw_into(
        self,
        shader: str,
        layers: Texture,
        size: tuple[int, int],
        top: int,
        inputs: Mapping[str, Handle | Texture | Form],
        *,
        uniforms: Mapping[str, Any],
        defines: Mapping[str, object],
    ) -> None:
        """One pass into lines of all layers of a texture array, from line `top` on."""
        self.render(shader, [layers], size, self._sources(inputs), uniforms, defines, {}, top=top)

    def _sources(self, inputs: Mapping[str, Handle | Texture | Form]) -> dict[str, Form]:
        return {name: self._source(x) for name, x in inputs.items()}

    def _source(self, x: Handle | Texture | Form) -> Form:
        if isinstance(x, Handle):
            return self.form(x)
        return x if isinstance(x, Form) else Form(x, raw_layout(x.width, x.height))


def split(webgl: Forms, x: Handle) -> tuple[Handle, Handle]:
    """Real and imaginary part of `x`, float32 of its shape; of a real `x` itself and a 0 of rank 0."""
    if x.dtype != "complex64":
        return x, Handle.of(np.zeros((), NUMPY["float32"]), Spec((), "float32"))
    storage = x.storage
    parts = storage.forms.get("parts")
    if parts is None:
        values = storage.values()
        flat = Spec((storage.size,), "float32")
        parts = tuple(Handle.of(part.copy(), flat).storage for part in (values.real, values.imag))
        storage.forms["parts"] = parts
        storage.owner = webgl
    spec = Spec(x.shape, "float32")
    return Handle(parts[0], spec), Handle(parts[1], spec)


def join(webgl: Forms, real: Handle, imaginary: Handle) -> Handle:
    """A complex tensor whose parts are two float32 tensors of one shape."""
    assert real.shape == imaginary.shape
    storage = Storage("complex64", real.size)
    storage.owner = webgl
    storage.forms["parts"] = (real.storage, imaginary.storage)
    return Handle(storage, Spec(real.shape, "complex64"))
