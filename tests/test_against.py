"""`python -m bench against`: two processes in turn, and what is said of their figures. No time is judged here."""

from collections.abc import Iterator

import pytest
from rich.console import Console

from bench import cases
from bench.against import HERE, Plan, Row, Side, chosen_cases, measure, print_rows, workers


@pytest.fixture(scope="module")
def sides() -> Iterator[tuple[Side, Side]]:
    """This checkout twice, on cpu."""
    with workers(HERE, "cpu") as pair:
        yield pair


def measured(case: cases.Case, sides: tuple[Side, Side]) -> Row:
    row = Row(case["name"])
    measure(row, case, sides, Plan(rounds=2, block_ms=1.0))
    return row


def test_a_checkout_against_itself(sides: tuple[Side, Side]) -> None:
    row = measured(cases.load("^matmul_64$")[0], sides)
    assert row.rounds >= 2
    assert row.ms["base"] > 0 < row.ms["this"]
    assert row.ratio is not None
    assert not (row.differs or row.missing or row.failed)


def test_what_a_side_lacks_or_fails_is_told(sides: tuple[Side, Side]) -> None:
    case = cases.load("^cumprod_1024$")[0]
    lacking = measured({**case, "call": "no_such_op"}, sides)
    assert lacking.missing == {"base": ["no_such_op"], "this": ["no_such_op"]}
    broken = measured({**case, "args": []}, sides)
    assert set(broken.failed) == {"base", "this"}
    assert lacking.ratio is None is broken.ratio
    assert measured(case, sides).ratio is not None  # the processes live on


def test_what_is_slower_stands_last() -> None:
    rows = [Row("slow", ms={"base": 1.0, "this": 2.0}), Row("fast", ms={"base": 2.0, "this": 1.0})]
    assert [row.slower for row in rows] == [True, False]
    console = Console(record=True, width=120)
    print_rows(rows, console)
    text = console.export_text()
    assert text.index("fast") < text.index("slow")
    assert "geometric mean 1.000 over 2 cases, 0.500 to 2.000" in text


def test_cases_of_its_own() -> None:
    names = {case["name"] for case in chosen_cases(("dispatch", "import"), ".", "webgl")}
    assert {"python of add", "import glbackend"} <= names
    assert not chosen_cases(("dispatch",), ".", "cpu")
