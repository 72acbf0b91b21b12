"""Example values of lists and reports, for `tests.gui.script`."""

from __future__ import annotations

from core.messages import events as say
from core.model.budget import CapState
from core.model.study import ActivityLine, StudyState, StudyView
from tests.gui.script import CLASSES, HOSPITALS, NOW, plan, release
from tests.gui.script_report import quality


def studies(*states: StudyState) -> say.StudiesListed:
    titles = ("Breast tumour subtypes, pilot", "Lymphoma markers", "Sepsis host response")
    return say.StudiesListed(
        studies=tuple(
            StudyView(
                digest=f"{n:064x}",
                title=titles[n % 3],
                state=state,
                hospitals=HOSPITALS[: 3 + n % 2],
                cohort_id="c-1",
                cohort_name="Leukaemia 2019–2025",
                epsilon=0.4895,
                units=0.5,
                n_genes=958,
                classes=CLASSES,
                started=NOW - 90_000,
                finished=NOW - 88_000,
                code="SE401" if state is StudyState.FAILED else "",
                spent=state is not StudyState.CANCELLED,
            )
            for n, state in enumerate(states)
        )
    )


def activity() -> say.ActivityListed:
    lines = (
        ("problem", "PrepareDemonstration was refused", "SE402", "Dana Alvarez"),
        ("privacy", "0.5 units returned to “Leukaemia 2019–2025”", "Lymphoma markers", ""),
        ("study", "Lymphoma markers cancelled by Aldermere General", "", ""),
        (
            "privacy",
            "The privacy ledger: two people decided on a cap",
            "",
            "Dana Alvarez, Mira Okafor",
        ),
        ("privacy", "The plan was approved", "Acute leukaemia subtypes", "Mira Okafor"),
        ("cohort", "leukaemia_2019_2025.csv was read and checked", "", "Dana Alvarez"),
        ("release", "The synthetic cohort was exported", "csv, h5ad", "Dana Alvarez"),
    )
    return say.ActivityListed(
        lines=tuple(
            ActivityLine(time=NOW - 20_000 * n, kind=kind, text=text, detail=detail, who=who)
            for n, (kind, text, detail, who) in enumerate(lines)
        )
    )


def report(digest: str, *, few: bool = False) -> say.ReportReady:
    return say.ReportReady(
        digest=digest,
        plan=plan(),
        release=release(digest),
        cap=CapState(cap=4.0, spent=2.5),
        report=quality(few=few),
    )
