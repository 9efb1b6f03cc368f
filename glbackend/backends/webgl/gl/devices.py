"""What EGL offers to compute on: devices, each asked for its renderer by a context that ends at once."""

import ctypes
import sys
from collections.abc import Callable
from ctypes import c_char_p, c_int, c_uint, c_void_p
from dataclasses import dataclass
from typing import Any

from glbackend.backends.webgl.gl.current import place

_EXTENSIONS, _VERSION, _PLATFORM_DEVICE, _OPENGL, _NONE = 0x3055, 0x3054, 0x313F, 0x30A2, 0x3038
_CORE_33 = (0x3098, 3, 0x30FB, 3, 0x30FD, 1, _NONE)  # major, minor, core profile
_RENDERER, _GL_VERSION = 0x1F01, 0x1F02


@dataclass(frozen=True)
class Device:
    """A device of EGL: its number, renderer and driver version, and whether it is a software renderer.

    `name` and `version` are empty where no OpenGL 3.3 context can be made on it.
    """

    index: int
    name: str
    version: str
    software: bool


class _Egl:
    """The few functions of libEGL that listing needs."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libEGL.so.1")
        self._address = self._library.eglGetProcAddress
        self._address.restype, self._address.argtypes = c_void_p, (c_char_p,)

    def __getitem__(self, name: str) -> Callable[..., Any]:
        results = {"eglQueryDeviceStringEXT": c_char_p, "eglQueryString": c_char_p, "glGetString": c_char_p,
                   "eglGetPlatformDisplayEXT": c_void_p, "eglCreateContext": c_void_p}  # fmt: skip
        arguments = {
            "eglQueryDevicesEXT": (c_int, c_void_p, c_void_p),
            "eglQueryDeviceStringEXT": (c_void_p, c_int),
            "eglGetPlatformDisplayEXT": (c_uint, c_void_p, c_void_p),
            "eglQueryString": (c_void_p, c_int),
            "eglInitialize": (c_void_p,) * 3,
            "eglBindAPI": (c_uint,),
            "eglCreateContext": (c_void_p,) * 4,
            "eglMakeCurrent": (c_void_p,) * 4,
            "eglDestroyContext": (c_void_p,) * 2,
            "eglTerminate": (c_void_p,),
            "glGetString": (c_uint,),
        }
        address = self._address(name.encode())
        if not address:
            raise OSError(f"libEGL has no {name}")
        return ctypes.CFUNCTYPE(results.get(name, c_uint), *arguments[name])(address)

    def devices(self) -> list[int]:
        """Handles of the devices."""
        count = c_int()
        self["eglQueryDevicesEXT"](0, None, ctypes.byref(count))
        found = (c_void_p * count.value)()
        self["eglQueryDevicesEXT"](count.value, found, ctypes.byref(count))
        return [one for one in found[: count.value] if one]

    def strings(self, device: int) -> tuple[str, str]:
        """Renderer and version of OpenGL on a device; nothing may be current. Empty where it has none."""
        display = self["eglGetPlatformDisplayEXT"](_PLATFORM_DEVICE, device, None)
        others = self["eglQueryString"](display, _VERSION)  # whoever uses this display already keeps it
        if not display or not self["eglInitialize"](display, None, None):
            return "", ""
        self["eglBindAPI"](_OPENGL)
        context = self["eglCreateContext"](display, None, None, (c_int * len(_CORE_33))(*_CORE_33))
        try:
            if not context or not self["eglMakeCurrent"](display, None, None, context):
                return "", ""
            text = self["glGetString"]
            return text(_RENDERER).decode(), text(_GL_VERSION).decode()
        finally:
            self["eglMakeCurrent"](display, None, None, None)
            if context:
                self["eglDestroyContext"](display, context)
            if not others:
                self["eglTerminate"](display)


def devices() -> list[Device]:
    """Every device of EGL, in its order; none where there is no EGL or it cannot list them."""
    if not sys.platform.startswith("linux"):
        return []
    before = place()
    if before:
        before.unbind()
    found = []
    try:
        egl = _Egl()
        for index, device in enumerate(egl.devices()):
            software = b"EGL_MESA_device_software" in (
                egl["eglQueryDeviceStringEXT"](device, _EXTENSIONS) or b""
            )
            found.append(Device(index, *egl.strings(device), software))
    except OSError:
        return []
    finally:
        if before:
            before.bind()
    return found
