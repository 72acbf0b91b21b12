"""Which of several candidate tables has the best joint score: post-processing of what was opened.

Each candidate's intervals have 1 / k of the probability to miss (Bonferroni): so a score's
intervals hold for all candidates at once, and for the largest of them, too, although the largest
of several noisy scores is on average too high.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from core.errors import InternalError
from core.evaluation.scores import candidate_score
from core.evaluation.stages import shapes
from core.model.evaluation import INTERVAL_LEVEL
from core.model.judging import Judging
from core.model.measurement import Measurement, measurements_digest
from core.model.release import SyntheticCohort
from core.model.selection import Selection


def selection(
    judging: Judging, tables: Sequence[SyntheticCohort], opened: Measurement
) -> Selection:
    """Return the scores of all candidates, and with them which is chosen.

    Args:
        judging: The plan's.
        tables: One of each candidate, in the plan's order, as they were handed to every party.
        opened: Of the evaluation's stage, the candidates' tables one after the other.

    Reveals:
        Nothing beyond the measurement and the tables, at no further spend.

    Raises:
        InternalError: IN901 if the measurement is of another stage.
    """
    each = sum(shape.cells for shape in shapes(judging, len(tables[0].classes)))
    if opened.stage.values != len(tables) * each:
        raise InternalError("IN901", rule="joint scores follow from the tables of the plan")
    digest = measurements_digest([opened])
    level = 1 - (1 - INTERVAL_LEVEL) / len(tables)
    return Selection(
        candidates=tuple(
            candidate_score(
                judging,
                table,
                values,
                opened.stage.sigma_real,
                hashlib.sha256(f"syncohort-joint-interval-1:{digest}:{k}".encode()).digest(),
                level,
            )
            for k, (table, values) in enumerate(
                zip(tables, np.split(opened.real(), len(tables)), strict=True)
            )
        )
    )
