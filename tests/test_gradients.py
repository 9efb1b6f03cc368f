"""Gradients: the tape against finite differences in float64 (first and second order), and webgl against
cpu."""

import pytest

from glbackend.testing.case import Case, all_cases
from glbackend.testing.check import Inspecting, gradient_numeric, gradient_parity

DIFFERENTIABLE = [case for case in all_cases() if case.grad]


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=lambda case: case.id)
def test_first_order(case: Case) -> None:
    gradient_numeric(case)


@pytest.mark.parametrize(
    "case", [case for case in DIFFERENTIABLE if case.second_order], ids=lambda case: case.id
)
def test_second_order(case: Case) -> None:
    gradient_numeric(case, order=2)


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=lambda case: case.id)
def test_webgl_agrees(case: Case, webgl: Inspecting) -> None:
    gradient_parity(case, webgl)
