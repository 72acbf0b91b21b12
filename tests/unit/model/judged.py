"""The plan of version 3 with everything that judging a table before its release may say."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from core.model.judging import Judging, VotePolicy
from core.model.plan import Patients, Plan

Make = Callable[..., Any]


def judged(plan: Make, vote: VotePolicy = VotePolicy.MINIMUM) -> Plan:
    """The plan of version 3 with everything that version 3 may say."""
    base = plan()
    held = dataclasses.replace(
        base.stages[0], name="joint-confusion", share=1.0, values=8, touched=2, l2_sq=98,
        patients=Patients.HOLDOUT,
    )  # fmt: skip
    return plan(stages=(*base.stages, held), judging=Judging(evaluation="confusion-1", vote=vote))
