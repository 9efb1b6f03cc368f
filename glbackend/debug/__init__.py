"""Tools that show what happens, as `gl.debug`: where a NaN came from, what is still alive and who holds it.

>>> import glbackend as gl
>>> with gl.debug.trace_nan() as report:
...     y = gl.tensor([1., -1.]).log()
>>> report.first.kernel, report.first.place
('Log', (1,))
"""

from glbackend.debug.inspecting import inspect
from glbackend.debug.leaks import Leaks, leaks
from glbackend.debug.nan import NanReport, NonFinite, trace_nan
from glbackend.debug.profiling import Profile, profile

__all__ = ["Leaks", "NanReport", "NonFinite", "Profile", "inspect", "leaks", "profile", "trace_nan"]
