"""``syncohort-cli study check``: does the own cohort fit an invitation? Nobody is contacted."""

from __future__ import annotations

import argparse
import sys

from core import __version__
from core.cohort.inspection import named_layout
from core.errors import CohortError, StudyError
from core.messages.commands import AskPanel, Introduce, OpenCohort
from core.messages.events import CohortChecked, PanelShown
from core.model.invitation import Invitation
from core.model.study import CohortView
from core.study.fit import Finding, Verdict, compare, fits
from core.study.invitation import read_invitation
from core.worker.clock import SystemClock
from core.worker.commands.study_files import read_text
from core.worker.headless import HeadlessHospital
from core.worker.studies.study_setup import invitation_view

_MARKS = {Verdict.FAIL: "x", Verdict.WARN: "!", Verdict.WAIT: "?", Verdict.FITS: "+"}


async def opened_cohort(arguments: argparse.Namespace, hospital: HeadlessHospital) -> CohortView:
    """Read and check the file of ``--cohort``."""
    layout = named_layout(arguments.cohort, label=arguments.label, ignored=tuple(arguments.ignore))
    command = OpenCohort(path=str(arguments.cohort), layout=layout, name=arguments.cohort.stem)
    return (await hospital.answer(command, CohortChecked)).cohort


async def findings_of(
    invitation: Invitation, cohort: CohortView, hospital: HeadlessHospital
) -> tuple[Finding, ...]:
    """Compare an opened cohort with an invitation's study."""
    view = invitation_view(invitation, SystemClock().now())
    own: tuple[str, ...] = ()
    if cohort.cohort_id:
        shown = await hospital.answer(AskPanel(cohort_id=cohort.cohort_id), PanelShown)
        own = shown.genes
    return compare(view.terms, view.genes, cohort, own, view.units)


def require_fit(findings: tuple[Finding, ...], file_name: str) -> None:
    """Say every finding, and refuse a cohort that does not fit.

    Raises:
        StudyError: ST719.
    """
    for finding in findings:
        text, advice = finding.words
        sys.stderr.write(f"  {_MARKS[finding.verdict]} {text}{f' {advice}' if advice else ''}\n")
    sys.stderr.flush()
    if not fits(findings):
        raise StudyError("ST719", file=file_name)


async def run_check(arguments: argparse.Namespace) -> dict[str, object]:
    """Check a cohort against an invitation; return the findings for a program.

    Raises:
        CohortError: If the file cannot be read.
        StudyError: ST701 for a bad invitation, ST719 if the cohort does not fit.
    """
    invitation = read_invitation(read_text(arguments.invitation))
    if arguments.cohort is None:
        raise CohortError("CH101", file="--cohort")
    hospital = HeadlessHospital(arguments.home, lambda _event: None)
    try:
        await hospital.ask(Introduce(hospital=arguments.hospital, app_version=__version__))
        cohort = await opened_cohort(arguments, hospital)
        findings = await findings_of(invitation, cohort, hospital)
    finally:
        await hospital.close()
    require_fit(findings, arguments.cohort.name)
    return {
        "fits": True,
        "findings": [{"verdict": f.verdict.value, "text": f.words[0]} for f in findings],
    }
