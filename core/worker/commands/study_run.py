"""``syncohort-cli study run``, ``status``, ``remove``: running, going on where a run stopped,
and planning again without a hospital that left.
"""

from __future__ import annotations

import argparse
from typing import Final

from core.errors import SessionError, StudyError, SynCohortError, WorkerError
from core.messages.commands import AskReport
from core.messages.events import ReleaseWritten, RunEnded
from core.messages.ledger_events import LedgersCountersigned
from core.messages.release_events import ReleaseSignedByAll
from core.messages.study_commands import CloseRoster, OpenLobby, RemoveParticipant, RunStudy
from core.model.lobby import LobbyView, Phase
from core.model.study import StudyState
from core.worker.commands.study_output import (
    DONE,
    is_over,
    left_standing,
    print_tree,
    say,
    summary,
    who,
)
from core.worker.commands.study_words import next_steps
from core.worker.headless import HeadlessHospital

#: A run has its own limits; the command waits for its end.
_WHOLE_RUN_S: Final = 30 * 86_400.0
#: After a run, for the ledgers' statements to go round.
_AGREEING_S: Final = 5.0


async def run_or_continue(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    """Go online and run, or continue an interrupted run.

    Raises:
        SynCohortError: How the run ended, if not well.
    """
    view = await hospital.view(arguments.study)
    study_id = view.study_id
    if view.phase is Phase.INTERRUPTED:
        say("The run was interrupted. It goes on where it stopped; nothing is charged again.")
    await hospital.ask(OpenLobby(study_id=study_id))
    if view.coordinating:
        await hospital.until(study_id, lambda v: is_over(v) or not v.waiting_for, arguments.wait)
        await hospital.ask(RunStudy(study_id=study_id, patience_s=arguments.patience))
    else:
        await _follow(study_id, arguments.wait, hospital)
    await _countersigned(hospital)
    if not arguments.no_reports:
        await _reported(hospital)
    view = await hospital.view(study_id)
    return _tell_end(view, hospital)


async def _countersigned(hospital: HeadlessHospital) -> None:
    """After a run stay a moment, until every party holds what the others' ledgers say."""
    ended = hospital.last(RunEnded)
    if ended is not None and ended.state is StudyState.FINISHED:
        agreed = await hospital.heard(LedgersCountersigned, _AGREEING_S)
        if agreed is None:
            say("Not every hospital has countersigned the ledgers yet.")
        else:
            say(f"The ledgers are countersigned: {', '.join(agreed.parties)}")
        signed = await hospital.heard(ReleaseSignedByAll, _AGREEING_S)
        if signed is None:
            say("Not every hospital has signed the release yet.")
        else:
            say(f"The release is signed: {', '.join(signed.parties)}")


async def _reported(hospital: HeadlessHospital) -> None:
    """Compare the release with the own held-out patients and write the reports; the release is
    there and paid for, whatever becomes of them.
    """
    written = hospital.last(ReleaseWritten)
    if written is None:  # a compute partner, or a run without a release
        return
    try:
        await hospital.ask(AskReport(digest=written.digest))
    except SynCohortError as wrong:
        say(f"No report was written. {wrong.text}")
        return
    say("Written: the report for everybody beside the release, and your own in local-report")


async def _follow(study_id: str, wait_s: float, hospital: HeadlessHospital) -> None:
    """Take part in whatever the coordinator starts, until it is over here, or nothing was started
    for ``wait_s``.
    """
    say("Waiting for the coordinator to start")
    helping = is_over(await hospital.view(study_id))
    while True:
        try:
            await hospital.until(
                study_id,
                lambda v: v.phase is Phase.RUNNING or (is_over(v) and not helping),
                wait_s,
            )
        except SessionError:
            if (await hospital.view(study_id)).phase in {Phase.INTERRUPTED, Phase.FINISHED}:
                return
            raise
        view = await hospital.until(study_id, lambda v: v.phase is not Phase.RUNNING, _WHOLE_RUN_S)
        if is_over(view):
            return


def _tell_end(view: LobbyView, hospital: HeadlessHospital) -> int:
    ended, written = hospital.last(RunEnded), hospital.last(ReleaseWritten)
    tree = summary(view)
    if written is not None:
        tree["synthetic_sha256"] = written.release.synthetic_sha256
        chosen = written.release.selection
        tree |= {"setting": chosen.letter} if chosen is not None else {}
    print_tree(tree)
    for _, words in next_steps(view):
        say(words)
    if ended is not None and ended.state is StudyState.FINISHED:
        return DONE
    if view.phase is Phase.FINISHED:
        return DONE
    fields = ended.fields if ended is not None else ()
    raise _run_error(view, ended.code if ended is not None else view.code, fields)


def _run_error(view: LobbyView, code: str, fields: tuple[tuple[str, str], ...]) -> SynCohortError:
    try:
        return SynCohortError.from_code(code, fields)
    except ValueError:
        return StudyError(
            "ST705", phase=view.phase.value, reason=view.reason or "the run did not start"
        )


async def show_status(_arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    """Print where every study stands and what can be done."""
    views = await hospital.views()
    print_tree({"studies": [summary(v) for v in views]})
    for view in views:
        for _, words in next_steps(view):
            say(f"{view.terms.title}: {words}")
    return DONE


async def remove(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    """Take a hospital out; with ``--close`` plan the study again without it at once.

    Raises:
        WorkerError: WO605 if nobody has these six words.
    """
    view = await hospital.view(arguments.study)
    study_id, key = view.study_id, who(view, arguments.words)
    if not key:
        raise WorkerError("WO605", reason="no hospital of the study has these six words")
    await hospital.ask(OpenLobby(study_id=study_id))
    await hospital.ask(RemoveParticipant(study_id=study_id, key=key, reason=arguments.reason))
    if view.spent or view.phase is Phase.INTERRUPTED:
        say(
            "The study will be planned again without it. What was spent stays spent; the new plan "
            "needs new signatures and approvals, and is charged in full."
        )
    if arguments.close:
        await hospital.ask(CloseRoster(study_id=study_id))
    return left_standing(await hospital.view(study_id))
