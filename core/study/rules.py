"""What every installation checks by itself, whatever the others say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from core.errors import StudyError
from core.model.invitation import StudyTerms
from core.model.judging import Ballot, VotePolicy
from core.model.lobby import Phase, SeatState
from core.model.plan import Attestation, Plan
from core.model.stage import is_text, require
from core.study.invitation import panel_digest
from core.study.roster import Participant
from core.study.signatures import statement
from core.study.site_centring import candidates_for, for_parties

MAX_REASON: Final = 300
#: Runs of one study that may end before anything is spent.
MOST_ATTEMPTS: Final = 32

#: Errors after which a run of the same plan cannot succeed: records or measurements contradict, or
#: somebody voted against the release.
_FINAL: Final = frozenset({"PR505", "PR506", "PR509", "WO608", "SE409"})
#: A party, a line or the relay was lost, or too slow: nobody's fault, so worth another try.
_LOST: Final = frozenset({"SE401", "SE402", "SE404", "SE406", "SE407", "SE408"})


def can_go_on(code: str) -> bool:
    """Tell whether a run that ended with ``code`` may be continued; "" is a finished one."""
    return bool(code) and code not in _FINAL


def was_lost(code: str, fields: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a run ended because a party, a line or the relay was lost, as seen here or by
    the party that ended it.

    >>> was_lost("SE405", [("party", "North"), ("code", "SE407")]), was_lost("SE403", [])
    (True, False)
    """
    return (dict(fields).get("code", "") if code == "SE405" else code) in _LOST


def after_run(code: str, others: Iterable[str], *, released: bool) -> tuple[Phase, str]:
    """Return the phase of a study after a run, and the error code that it shows.

    Args:
        code: How it ended here; empty if the release was written.
        others: How it ended at the other parties, as far as it is known here.
        released: Whether this or an earlier run wrote the release here.

    >>> after_run("", ["", "WO603"], released=True)
    (<Phase.INTERRUPTED: 'interrupted'>, 'WO603')
    """
    elsewhere = sorted(c for c in others if c)
    if released and not elsewhere:
        return Phase.FINISHED, ""
    if released or can_go_on(code):
        return Phase.INTERRUPTED, code or elsewhere[0]
    return Phase.FAILED, code


def reason_of(text: str) -> str:
    """Return a reason in one line, or refuse.

    Raises:
        StudyError: ST706 if there is none.
    """
    line = " ".join(text.split())
    if not line or not is_text(line, MAX_REASON):
        raise StudyError("ST706")
    return line


def plan_id(study_id: str, attempt: int) -> str:
    """Return the ``study_id`` of a plan: another one after each run that spent nothing, so that a
    ledger, which knows each plan once, can reserve again.

    >>> plan_id("ab" * 16, 0) == "ab" * 16, plan_id("ab" * 16, 1) == "ab" * 16
    (True, False)
    """
    if attempt == 0:
        return study_id
    content = statement("attempt", study_id, attempt)
    return hashlib.sha256(content).hexdigest()[:32]


def require_same_study(
    plan: Plan, study_id: str, terms: StudyTerms, seated: Sequence[Participant]
) -> None:
    """Refuse a plan that is not exactly the study that was joined, or that lacks an attestation.

    Args:
        plan: Proposed by the coordinator.
        study_id: Of the study that was joined.
        terms: What was read before joining.
        seated: The roster, in the order of party numbers.

    Raises:
        StudyError: ST715 with what differs, ST712 with what was not attested.
    """
    asked = for_parties(terms.recipe_parameters, len(seated))
    candidates = candidates_for(terms.candidates, len(seated))
    checks = (
        (
            "study",
            plan.study_id in {plan_id(study_id, n) for n in range(MOST_ATTEMPTS)}
            and not plan.rehearsal,
        ),
        ("title", plan.title == terms.title),
        ("label", plan.label_name == terms.label_name),
        ("classes", plan.classes == terms.classes),
        ("genes", panel_digest(plan.genes) == terms.panel_sha256),
        ("recipe", plan.recipe == terms.recipe),
        ("recipe parameters", plan.recipe_parameters == asked),
        ("candidates", plan.candidates == candidates),
        ("privacy level", plan.budget == terms.budget),
        ("n_max", plan.n_max == terms.n_max),
        ("holdout", plan.holdout_share == terms.holdout_share),
        ("synthetic patients", plan.n_records == terms.n_records),
        ("public reference", (plan.reference and plan.reference.note) == terms.reference),
        ("judging", plan.judging == terms.judging),
        ("licence", plan.licence == terms.licence),
        ("parties", plan.parties == tuple(p.seat(i) for i, p in enumerate(seated))),
    )
    for name, same in checks:
        if not same:
            raise StudyError("ST715", field=name)
    require_joint(plan)


def require_ballot(plan: Plan, ballot: Ballot | None, *, has_cohort: bool) -> None:
    """Refuse an approval that lacks the vote which the plan asks for, or brings another.

    Raises:
        PlanError: PL201.
    """
    asked = has_cohort and plan.vote is not VotePolicy.NONE
    require(asked or ballot is None, "ballot", "this hospital has no vote on this plan")
    require(not asked or ballot is not None, "ballot", "the plan asks for this hospital's vote")
    bounded = ballot is None or ballot.minimum == 0 or plan.vote is VotePolicy.MINIMUM
    require(bounded, "ballot", "the plan asks for yes or no, not for a minimum")


def require_same_joiner(known: Participant, *shown: Participant) -> None:
    """Refuse an installation that says otherwise than it said before, or is shown otherwise.

    Raises:
        StudyError: ST704.
    """
    if len(shown) != 1 or (known.name, known.has_cohort, known.attestations) != (
        shown[0].name,
        shown[0].has_cohort,
        shown[0].attestations,
    ):
        raise StudyError("ST704", reason="it says otherwise than before about this hospital")
    if SeatState.REMOVED in {known.state, shown[0].state}:
        raise StudyError("ST704", reason="this hospital was taken out")


def require_attested(name: str, missing: tuple[Attestation, ...]) -> None:
    """Refuse a party that has not stated what it must.

    Raises:
        StudyError: ST712 with what is missing.
    """
    if missing:
        raise StudyError("ST712", party=name, what=", ".join(missing))


def require_joint(plan: Plan) -> None:
    """Refuse a plan between installations that lacks an attestation; a rehearsal needs none.

    Raises:
        StudyError: ST712.
    """
    for party in () if plan.rehearsal else plan.parties:
        require_attested(party.name, party.missing_attestations)
