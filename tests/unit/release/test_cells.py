"""No released cell is one that a spreadsheet would run, and every name can be had back."""

import csv
import dataclasses
import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.release.cells import FORMULA_STARTS, harmless, restored
from core.release.differences import differences_bytes
from core.release.table import csv_bytes, log2_bytes, parse_csv
from core.synthesis.differences import Differences

NAMES = ("=HYPERLINK(0)", "+x", "-AS1", "@SUM", "\tt", "\rr", "'=x", "''-y", "'n", "TP53", "")


def test_dangerous_names_are_marked_and_others_are_not() -> None:
    for name in NAMES:
        cell = harmless(name)
        assert not cell.startswith(FORMULA_STARTS)
        assert restored(cell) == name
    assert harmless("TP53") == "TP53"
    assert len({harmless(n) for n in NAMES}) == len(NAMES), "two names would be one"


@given(st.text(alphabet="'=+-@\t\ra1", max_size=6), st.text(alphabet="'=+-@\t\ra1", max_size=6))
def test_the_rule_is_reversible(one: str, other: str) -> None:
    assert restored(harmless(one)) == one
    assert not harmless(one).startswith(FORMULA_STARTS)
    if one != other:
        assert harmless(one) != harmless(other)


def test_tables_keep_numbers_as_numbers(cohort) -> None:
    dangerous = dataclasses.replace(
        cohort,
        label_name="@type",
        classes=("=Basal", "'=Basal"),
        genes=("-AS1", "+A", "TP53"),
        levels=np.array([[1.0, 2.0], [-8.0, 0.5]]),
    )
    for content in (csv_bytes(dangerous), log2_bytes(dangerous)):
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
        names = [*rows[0], *(row[0] for row in rows[1:])]
        assert not any(name.startswith(FORMULA_STARTS) for name in names)
        assert all(float(cell) == float(cell) for row in rows[1:] for cell in row[1:])
        assert any(cell.startswith("-") for row in rows[1:] for cell in row[1:])
    back = parse_csv(csv_bytes(dangerous), dangerous.classes, "synthetic.csv")
    assert (back.label_name, back.genes) == (dangerous.label_name, dangerous.genes)
    assert back.class_index.tolist() == dangerous.class_index.tolist()


def test_the_table_of_differences_is_harmless_too() -> None:
    one = np.full((1, 1), -0.5)
    found = Differences(
        classes=("=a", "b"), genes=("@g",), pairs=((0, 1),), effect=one, standard_error=-one,
        adjusted_p=-one,
    )  # fmt: skip
    row = differences_bytes(found).decode().splitlines()[1]
    assert row == "'=a,b,'@g,-0.5000,0.5000,0.5"
