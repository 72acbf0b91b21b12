"""Example values of lists and reports, for `tests.gui.script`."""

from __future__ import annotations

from dataclasses import replace

from core.messages import events as say
from core.messages import report_events as reported
from core.model.budget import CapState
from core.model.measures import Interval
from core.model.selection import CandidateScore, Selection
from core.model.study import ActivityLine, StudyState, StudyView
from tests.gui import joint_script as joint
from tests.gui.script import CLASSES, GENES, HOSPITALS, NOW, plan, release
from tests.gui.script_report import GENES as REPORTED
from tests.gui.script_report import joint_scores, quality

MADE_BY_GENES = ("wasserstein", "kolmogorov-smirnov", "kullback-leibler")


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


def report(digest: str, *, few: bool = False, joint: bool = True) -> reported.ReportReady:
    return reported.ReportReady(
        digest=digest,
        plan=plan(genes=(*REPORTED, *GENES[len(REPORTED) :])),
        release=replace(release(digest), joint=joint_scores() if joint else None),
        cap=CapState(cap=4.0, spent=2.5),
        report=quality(few=few),
    )


def report_of_settings(digest: str) -> reported.ReportReady:
    """A report on the better of two settings, whose intervals overlap."""
    one, best = report(digest), joint_scores()
    lower = tuple(
        replace(s, value=s.value - 0.05, low=s.low - 0.05, high=s.high - 0.05) for s in best.scores
    )
    tried = tuple(
        CandidateScore(value=s.macro_f1, low=s.macro_f1 - 0.09, high=s.macro_f1 + 0.08, scores=s)
        for s in (replace(best, scores=lower), best)
    )
    plan = replace(joint.to_sign_with_settings().plan, genes=one.plan.genes)
    released = replace(one.release, selection=Selection(candidates=tried), n_genes=240)
    return replace(one, plan=plan, release=released)


def grew(digest: str, *steps: str) -> reported.ReportGrew:
    """A comparison that has done some steps: what they do not make is not there."""
    whole = report(digest)
    gone: dict[str, object] = {}
    if "pictures" not in steps:
        gone |= {"pca": None, "curves": (), "more_curves": (), "correlations": None}
    if "biology" not in steps:
        gone |= {"fold_changes": ()}
    if "utility" not in steps:
        gone |= {"utility": (), "class_scores": (), "top_genes": ()}
    if "closeness" not in steps:
        gone |= {"distances": None, "attacks": ()}
    done = tuple(m for m in whole.report.measures if m.key in MADE_BY_GENES)
    part = replace(whole.report, measures=done, class_distances=(), pathways=(), **gone)
    return reported.ReportGrew(ready=replace(whole, report=part), steps=steps)


def second_report(digest: str) -> reported.ReportReady:
    """Another release: better here, worse there."""
    first = report(digest)
    shift = {"wasserstein": 0.3, "differential-tpr": 0.2, "coexpression-recall": -0.1}
    measures = tuple(
        replace(
            m,
            value=min(1.0, m.value + shift.get(m.key, 0.0)),
            interval=None
            if m.interval is None
            else Interval(
                low=min(1.0, m.interval.low + shift.get(m.key, 0.0)),
                high=min(1.0, m.interval.high + shift.get(m.key, 0.0)),
            ),
        )
        for m in first.report.measures
        if m.value is not None
    )
    plan_of_it = replace(first.plan, title="Lymphoma markers", recipe="moments")
    whole = replace(first.report, measures=measures)
    return replace(first, plan=plan_of_it, report=whole)
