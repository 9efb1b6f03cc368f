"""The OpenGL state of an adopted context's application: noted on entry, set to what kernels need, put back.

Our own contexts need none of this. The tables below name everything that a kernel relies on or changes: a
kernel is one triangle drawn into float or integer textures, so depth, blending, masks and the like must not
stand in its way.
"""

import ctypes
from ctypes import c_int, c_ubyte, c_uint
from typing import Any

import moderngl

from glbackend.backends.webgl.gl.loader import function

BLEND, SAMPLE = 0x0BE2, 0x8E51
CLIP_PLANES = tuple(range(0x3000, 0x3008))  # of an application's shader: ours writes no clip distances
# depth, stencil, cull, scissor, logic op, rasteriser discard, alpha to coverage, sample coverage, sample mask
ENABLED = (0x0B71, 0x0B90, 0x0B44, 0x0C11, 0x0BF2, 0x8C89, 0x809E, 0x80A0, SAMPLE, *CLIP_PLANES)
# skips, swaps, lengths
PIXEL_STORE = (0x0CF2, 0x0CF3, 0x0CF4, 0x0CF0, 0x0CF1, 0x0D02, 0x0D03, 0x0D04, 0x0D00, 0x0D01)
ALIGNMENT = (0x0CF5, 0x0D05)
# pixel pack, pixel unpack, array: target -> its query
BUFFERS = {0x88EB: 0x88ED, 0x88EC: 0x88EF, 0x8892: 0x8894}
TEXTURES = {0x0DE1: 0x8069, 0x8C1A: 0x8C1D, 0x8C2A: 0x8C2C}  # 2D, 2D array, buffer: target -> its query
DRAW_FRAMEBUFFER, READ_FRAMEBUFFER, RENDERBUFFER = 0x8CA9, 0x8CA8, 0x8D41
DRAW_BINDING, READ_BINDING, RENDERBUFFER_BINDING = 0x8CA6, 0x8CAA, 0x8CA7
PROGRAM, VERTEX_ARRAY, ACTIVE_TEXTURE, SAMPLER = 0x8B8D, 0x85B5, 0x84E0, 0x8919
VIEWPORT, SCISSOR_BOX, COLOUR_MASK, DEPTH_MASK = 0x0BA2, 0x0C10, 0x0C23, 0x0B72
POLYGON_MODE, FRONT_AND_BACK, FILL, TEXTURE0 = 0x0B40, 0x0408, 0x1B02, 0x84C0
ATTACHMENTS = 8


class State:
    """Saves, prepares, restores the state of one context; units below `units` and moderngl's own are ours."""

    def __init__(self, gl: moderngl.Context, sampler: moderngl.Sampler, units: int, last_unit: int) -> None:
        self.gl = gl
        self.units = (*range(units), last_unit)
        self.sampler = sampler
        self._ints = (c_int * 4)()
        self._bytes = (c_ubyte * 4)()
        pointer = ctypes.POINTER
        signatures: dict[str, tuple[Any, ...]] = {
            "GetIntegerv": (c_uint, pointer(c_int)),
            "GetBooleani_v": (c_uint, c_uint, pointer(c_ubyte)),
            "Enable": (c_uint,),
            "Disable": (c_uint,),
            "Enablei": (c_uint, c_uint),
            "Disablei": (c_uint, c_uint),
            "ColorMaski": (c_uint, c_ubyte, c_ubyte, c_ubyte, c_ubyte),
            "DepthMask": (c_ubyte,),
            "Viewport": (c_int, c_int, c_int, c_int),
            "Scissor": (c_int, c_int, c_int, c_int),
            "PolygonMode": (c_uint, c_uint),
            "PixelStorei": (c_uint, c_int),
            "ActiveTexture": (c_uint,),
            "BindTexture": (c_uint, c_uint),
            "BindSampler": (c_uint, c_uint),
            "BindFramebuffer": (c_uint, c_uint),
            "BindRenderbuffer": (c_uint, c_uint),
            "BindBuffer": (c_uint, c_uint),
            "BindVertexArray": (c_uint,),
            "UseProgram": (c_uint,),
        }
        self._call = {name: function(gl, f"gl{name}", None, *types) for name, types in signatures.items()}
        for name in ("IsEnabled", "IsEnabledi"):
            types = (c_uint,) * (1 if name == "IsEnabled" else 2)
            self._call[name] = function(gl, f"gl{name}", c_ubyte, *types)

    def save(self) -> dict[str, Any]:
        """Everything that `prepare` and kernels change."""
        call, get = self._call, self._get
        saved: dict[str, Any] = {
            "fbo": self.gl.fbo,
            "framebuffers": (get(DRAW_BINDING), get(READ_BINDING), get(RENDERBUFFER_BINDING)),
            "viewport": self._get4(VIEWPORT),
            "scissor": self._get4(SCISSOR_BOX),
            "depth mask": get(DEPTH_MASK),
            "enabled": [bool(call["IsEnabled"](flag)) for flag in ENABLED],
            "blend": [bool(call["IsEnabledi"](BLEND, i)) for i in range(ATTACHMENTS)],
            "masks": [self._mask(i) for i in range(ATTACHMENTS)],
            "polygon": get(POLYGON_MODE),
            "pixels": [(name, get(name)) for name in (*PIXEL_STORE, *ALIGNMENT)],
            "buffers": [(target, get(query)) for target, query in BUFFERS.items()],
            "program": get(PROGRAM),
            "vertices": get(VERTEX_ARRAY),
            "active": get(ACTIVE_TEXTURE),
        }
        units = []
        for unit in self.units:
            call["ActiveTexture"](TEXTURE0 + unit)
            units.append(([(target, get(query)) for target, query in TEXTURES.items()], get(SAMPLER)))
        saved["units"] = units
        return saved

    def prepare(self) -> None:
        """Sets what a kernel relies on."""
        call = self._call
        for flag in (BLEND, *ENABLED):
            call["Disable"](flag)
        for i in range(ATTACHMENTS):
            call["ColorMaski"](i, 1, 1, 1, 1)
        call["PolygonMode"](FRONT_AND_BACK, FILL)
        for name in PIXEL_STORE:
            call["PixelStorei"](name, 0)
        for target in BUFFERS:
            call["BindBuffer"](target, 0)
        self.bind_samplers()

    def bind_samplers(self) -> None:
        """Every unit reads its texture texel by texel."""
        for unit in self.units:
            self.sampler.use(unit)

    def restore(self, saved: dict[str, Any]) -> None:
        """Puts everything back as it was found, moderngl's own notion of the bound framebuffer included."""
        call, fbo = self._call, saved["fbo"]
        if fbo is not None and hasattr(fbo.mglo, "use"):
            fbo.use()
        self.gl.fbo = fbo
        draw, read, renderbuffer = saved["framebuffers"]
        call["BindFramebuffer"](DRAW_FRAMEBUFFER, draw)
        call["BindFramebuffer"](READ_FRAMEBUFFER, read)
        call["BindRenderbuffer"](RENDERBUFFER, renderbuffer)
        call["Viewport"](*saved["viewport"])
        call["Scissor"](*saved["scissor"])
        call["DepthMask"](saved["depth mask"])
        for flag, on in zip(ENABLED, saved["enabled"], strict=True):
            call["Enable" if on else "Disable"](flag)
        for i, on in enumerate(saved["blend"]):
            call["Enablei" if on else "Disablei"](BLEND, i)
            call["ColorMaski"](i, *saved["masks"][i])
        call["PolygonMode"](FRONT_AND_BACK, saved["polygon"])
        for name, value in saved["pixels"]:
            call["PixelStorei"](name, value)
        for target, value in saved["buffers"]:
            call["BindBuffer"](target, value)
        call["UseProgram"](saved["program"])
        for unit, (textures, sampler) in zip(self.units, saved["units"], strict=True):
            call["ActiveTexture"](TEXTURE0 + unit)
            for target, value in textures:
                call["BindTexture"](target, value)
            call["BindSampler"](unit, sampler)
        call["ActiveTexture"](saved["active"])
        call["BindVertexArray"](saved["vertices"])

    def _get(self, name: int) -> int:
        self._call["GetIntegerv"](name, self._ints)
        return self._ints[0]

    def _get4(self, name: int) -> tuple[int, ...]:
        self._call["GetIntegerv"](name, self._ints)
        return tuple(self._ints)

    def _mask(self, attachment: int) -> tuple[int, ...]:
        self._call["GetBooleani_v"](COLOUR_MASK, attachment, self._bytes)
        return tuple(self._bytes)
