import csv
import dataclasses
import io
import math

import numpy as np
import pytest

from core.errors import InternalError, ProtocolError, WorkerError
from core.release.table import (
    canonical_values,
    csv_bytes,
    log2_bytes,
    parse_csv,
    require_match,
)


def test_the_bytes_are_canonical(cohort):
    assert csv_bytes(cohort) == (
        b'"sub,type",TP53,HLA-A,"MT,CO1"\n'
        b'"Lum ""A""",1.2346,0.0000,3.0000\n'
        b"Basal,-2.5000,0.3334,3.1416\n"
    )


def test_log2_expression_has_the_records_own_levels(cohort):
    levels = np.array([[5.0, 2.0], [7.5, 0.5]])
    levelled = dataclasses.replace(cohort, levels=levels)
    rows = list(csv.reader(io.StringIO(log2_bytes(levelled).decode(), newline="")))
    assert rows[0] == ["sub,type", *cohort.genes]
    assert [r[0] for r in rows[1:]] == ['Lum "A"', "Basal"]
    assert rows[1][1:] == ["7.469", "5.000", "11.000"]
    assert rows[2][1:] == ["6.250", "7.667", "9.071"]
    with pytest.raises(InternalError, match="levels"):
        log2_bytes(cohort)


def test_a_received_table_keeps_the_own_levels(cohort):
    levelled = dataclasses.replace(cohort, levels=np.array([[5.0, 2.0], [7.5, 0.5]]))
    shared = require_match(csv_bytes(levelled), levelled, "Hospital 0")
    assert shared.levels.tolist() == [[5.0, 2.0], [7.5, 0.5]]
    np.testing.assert_array_equal(shared.values, canonical_values(levelled))
    assert log2_bytes(shared) == log2_bytes(
        dataclasses.replace(levelled, values=canonical_values(levelled))
    )


@pytest.mark.parametrize("levels", [[[5.0, 2.0]], [[5.0, 0.0], [1.0, 1.0]], [[math.nan, 1.0]] * 2])
def test_levels_that_no_record_can_have_are_refused(cohort, levels):
    with pytest.raises(InternalError):
        dataclasses.replace(cohort, levels=np.array(levels))


def test_they_read_back_with_the_standard_reader(cohort):
    rows = list(csv.reader(io.StringIO(csv_bytes(cohort).decode(), newline="")))
    assert rows[0] == ["sub,type", *cohort.genes]
    assert [r[0] for r in rows[1:]] == ['Lum "A"', "Basal"]


def test_they_read_back(cohort):
    back = parse_csv(csv_bytes(cohort), cohort.classes, "synthetic.csv")
    assert back.class_index.tolist() == [1, 0]
    assert np.abs(back.values - cohort.values).max() <= 0.5e-4 + 1e-12
    assert csv_bytes(back) == csv_bytes(cohort)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"label,G\nUnknown,1.0\n",
        b"label,G\nBasal,x\n",
        b"label,G\nBasal,1.0,2.0\n",
        b"label,G\nBasal,nan\n",
    ],
)
def test_what_is_no_such_table_is_refused(content, cohort):
    with pytest.raises(WorkerError, match="WO606"):
        parse_csv(content, cohort.classes, "synthetic.csv")


def test_own_bytes_and_last_digits_are_accepted(cohort):
    require_match(csv_bytes(cohort), cohort, "Hospital 0")
    nudged = dataclasses.replace(cohort, values=cohort.values + 1e-9)
    require_match(csv_bytes(nudged), cohort, "Hospital 0")


@pytest.mark.parametrize("change", ["value", "label", "heading", "length", "layout", "garbage"])
def test_another_table_is_refused_with_the_sender(cohort, change):
    content = csv_bytes(cohort)
    values = cohort.values.copy()
    values[0, 0] += 1e-3
    changed = {
        "value": csv_bytes(dataclasses.replace(cohort, values=values)),
        "label": csv_bytes(dataclasses.replace(cohort, class_index=1 - cohort.class_index)),
        "heading": content.replace(b"TP53", b"TP54"),
        "length": content + content.splitlines(keepends=True)[-1],
        "layout": content.replace(b"\n", b"\r\n"),
        "garbage": b"\x00",
    }[change]
    with pytest.raises(ProtocolError, match="PR506") as refused:
        require_match(changed, cohort, "Hospital 0")
    assert dict(refused.value.fields)["party"] == "Hospital 0"
