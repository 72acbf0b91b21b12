"""The hospital's own report: public facts of the release, and what was measured on its patients.

The part ``local`` is a LocalView: computed on real patients, for this hospital's eyes only.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import core
from core.model.budget import CapState
from core.model.plan import Plan
from core.model.quality import QualityReport
from core.model.release import Release
from core.release.manifest import readable
from core.synthesis.settings import setting_of

REPORT_VERSION: Final = 2
_LOCAL_NOTE: Final = (
    "Computed on this hospital's own patients, without a privacy guarantee: keep it here. "
    "A decision to publish made after reading it is a release of its own."
)


def report_bytes(
    plan: Plan, release: Release, quality: QualityReport | None, cap: CapState | None
) -> bytes:
    """Return ``report.json``.

    Args:
        plan: The study's plan.
        release: What was written, and what it cost.
        quality: This hospital's own judgement; None at a compute partner or without a holdout.
        cap: The ledger's state after this study; None where there is no cohort.

    Reveals:
        Nothing: the file stays at the hospital, its part ``local`` says so.
    """
    letter = release.selection.letter if release.selection else ""
    made = setting_of(plan, letter).plan
    content = {
        "format": "syncohort-report",
        "format_version": REPORT_VERSION,
        "application": {"name": "SynCohort", "version": core.__version__},
        "public": {
            "title": plan.title,
            "rehearsal": plan.rehearsal,
            "recipe": made.recipe,
            "epsilon": plan.budget.epsilon,
            "epsilon_accounted": plan.epsilon_accounted,
            "delta": plan.budget.delta,
            **asdict(release),
        },
        "local": {
            "note": _LOCAL_NOTE,
            "cap": asdict(cap) if cap else None,
            "quality": asdict(quality) if quality else None,
        },
    }
    return readable(content)
