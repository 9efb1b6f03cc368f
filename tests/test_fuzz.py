"""A sample of `python -m tests.fuzz`: damaged files of each format load, or are refused by name."""

from pathlib import Path

import pytest

from tests.fuzz import Fuzzer
from tests.fuzz_samples import FORMATS

CASES = 300
SEED = 1


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files(name: str, tmp_path: Path) -> None:
    fuzzer = Fuzzer(name, SEED, tmp_path)
    told: dict[str, int] = {}
    for number in range(CASES):
        kind, faults = fuzzer.case(number)
        assert not faults, f"python -m tests.fuzz {name} --seed {SEED} --first {number} --cases 1: {faults}"
        told[kind] = told.get(kind, 0) + 1
    assert told["load: ModelFormatError"] > CASES / 3, told
    assert told["loaded"] > CASES / 50, told
