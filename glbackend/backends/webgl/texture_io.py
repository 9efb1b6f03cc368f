"""Tensors from an application's textures and back, without leaving the GPU.

Pixel number t of an RGBA texture (row by row from its first row) is texel t of the tensor: a row of [..., C]
takes ceil(C / 4) pixels. Textures with fewer components hold the elements one after another.
"""

from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import KIND
from glbackend.backends.webgl.gl.borrow import Pixels, lent, pixels_of
from glbackend.backends.webgl.gl.layout import raw_layout
from glbackend.backends.webgl.gl.pool import Kind
from glbackend.backends.webgl.render import Form
from glbackend.base.dtypes import DType, with_article
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.storage import Handle


def from_texture(webgl: WebGL, texture: Any, shape: Shape, dtype: DType | None) -> Handle:
    """A handle over an application's texture: the texture itself where it lies as ours do, else one pass."""
    pixels = pixels_of(webgl.context, texture)
    spec = Spec(shape, _dtype(pixels, dtype))
    layout = webgl.layout(shape)
    kind = KIND[spec.dtype]
    fits = layout.width == pixels.width and layout.height <= pixels.height
    _check_size(pixels, spec, layout.texels, fits)
    with webgl.context:
        source = webgl.pool.adopt(texture, kind)
        if fits and pixels.whole and not layout.padded and spec.dtype != "bool":
            return webgl.own(spec, layout, Form(source, layout))
        form = webgl.make(spec, layout)
        if layout.texels:
            structure = {
                "COMPONENTS": pixels.components,
                "SAMPLER": {"float": "sampler2D", "int": "isampler2D", "uint": "usampler2D"}[pixels.numbers],
                "INTEGER": int(kind == "i4"),
                "TRUTH": int(spec.dtype == "bool"),
            }
            raw = Form(source, raw_layout(pixels.width, pixels.height))
            numbers = {"width": pixels.width, "last": pixels.width * pixels.height - 1}
            webgl.render("from_texture", [form.texture], (layout.width, layout.height), {"x": raw}, numbers,
                      structure, {}, layout)  # fmt: skip
        source.give_back()
        return webgl.own(spec, layout, form)


def to_texture(webgl: WebGL, x: Handle, size: tuple[int, int] | None) -> Any:
    """A moderngl texture of `x`: its own where `size` is that of its own or None, else one pass."""
    if x.dtype not in KIND:
        raise DtypeError(
            f"to_texture: {with_article(x.dtype)} tensor has no texture: use float32, int32 or bool"
        )
    with webgl.context:
        form = webgl.form(x)
        own = form.texture
        if size is None or tuple(size) == (own.width, own.height):
            return lent(webgl.context, own, x)
        width, height = size
        texels = form.layout.texels
        if width < 1 or height < 1:
            raise ArgumentError(f"to_texture: size must be (width, height) of at least 1, got {size}")
        if width * height < texels:
            raise ShapeError(
                f"to_texture: a tensor of shape {list(x.shape)} takes {texels} pixels of four elements, "
                f"more than {width}x{height} has"
            )
        kind: Kind = "i4" if own.kind == "i4" else "f4"
        out = webgl.pool.take(width, height, kind, f"a texture of {width}x{height}", exact=True)
        webgl.render("to_texture", [out], (width, height), {"x": form}, {"width": width, "texels": texels},
                  {"INTEGER": int(own.kind == "i4")}, {})  # fmt: skip
        return lent(webgl.context, out, out)


def _dtype(pixels: Pixels, asked: DType | None) -> DType:
    legal: tuple[DType, ...] = ("float32",) if pixels.numbers == "float" else ("int32", "bool")
    if asked is None:
        return legal[0]
    if asked not in legal:
        raise DtypeError(
            f"from_texture: a texture of {pixels.numbers} numbers becomes {' or '.join(legal)}, "
            f"not {asked}: cast it then"
        )
    return asked


def _check_size(pixels: Pixels, spec: Spec, texels: int, fits: bool) -> None:
    """The texture must hold exactly the elements, or lie as such a tensor does (and may be higher)."""
    count = pixels.width * pixels.height
    if pixels.components == 4:
        if texels == count or fits:
            return
        has = f"{count} RGBA pixels, and this shape takes {texels}"
    else:
        if spec.size == count * pixels.components:
            return
        has = f"{count} pixels of {pixels.components} elements"
    raise ShapeError(
        f"from_texture: shape {list(spec.shape)} does not fit a texture of {pixels.width}x{pixels.height}: "
        f"it holds {has}"
    )
