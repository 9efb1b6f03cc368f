"""Every case gives the same on webgl as on cpu, with real draws and zero padding lanes."""

import pytest

from glbackend.backends.webgl import delegated
from glbackend.testing.case import Case, all_cases
from glbackend.testing.check import VIEWS, Inspecting, parity


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_parity(case: Case, webgl: Inspecting) -> None:
    before = webgl.kernels.get(case.kernel, 0)
    parity(case, webgl)
    silent = "empty" in case.name or case.name.endswith(" view")  # nothing to compute, or data shared
    if case.kernel not in VIEWS and case.kernel not in delegated.REASONS and not silent:
        assert webgl.kernels.get(case.kernel, 0) > before, f"{case.kernel} made no draw"
