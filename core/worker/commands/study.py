"""``syncohort-cli study ...``: a study between installations without a window.

Each step is one command that ends; what it did is kept in ``--home``, and the next step goes on
from there. Results are one JSON object on standard output, words for people go to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from core.errors import CohortError, SessionError, StudyError
from core.messages.study_commands import (
    AcceptParticipant,
    ApprovePlan,
    CloseRoster,
    CreateStudy,
    JoinStudy,
    LeaveStudy,
    MakeInvitation,
    MarkCompared,
    OpenLobby,
    RefusePlan,
    SetProxy,
    SetUpApprover,
    SignPlan,
)
from core.messages.study_events import InvitationMade, LobbyChanged
from core.model.invitation import Invitation, MeetingPoint
from core.model.lobby import LobbyView
from core.model.plan import Attestation
from core.study.invitation import read_invitation
from core.worker.clock import SystemClock
from core.worker.commands.candidate_arguments import candidates_of, recipe_of
from core.worker.commands.doctor import proxy_of
from core.worker.commands.judging_arguments import ballot_of, judging_of
from core.worker.commands.relay import listen_place
from core.worker.commands.split_arguments import shares_of
from core.worker.commands.study_counts import counts
from core.worker.commands.study_files import first_line, read_lines, read_text, write_invitation
from core.worker.commands.study_fit import findings_of, opened_cohort, require_fit, run_check
from core.worker.commands.study_forecast import forecast_lines
from core.worker.commands.study_output import (
    is_over,
    is_planned,
    left_standing,
    print_tree,
    same_words,
    say,
    say_event,
    summary,
    who,
)
from core.worker.commands.study_run import remove, run_or_continue, show_status
from core.worker.commands.study_words import invitation_words
from core.worker.headless import HeadlessHospital
from core.worker.studies.study_setup import invitation_view

Step = Callable[[argparse.Namespace, HeadlessHospital], Awaitable[int]]
_DONE = 0
_PAUSE_S: Final = 1.0


async def run_study(arguments: argparse.Namespace) -> int:
    """Do one step; return the exit status.

    Raises:
        SynCohortError: Its refusal.
    """
    if arguments.step == "show":
        invitation = read_invitation(read_text(arguments.invitation))
        for line in invitation_words(invitation_view(invitation, SystemClock().now())):
            sys.stdout.write(f"{line}\n")
        return _DONE
    if arguments.step == "check":
        print_tree(await run_check(arguments))
        return _DONE
    task = asyncio.current_task()
    if task is not None and sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    asks = arguments.step not in {"run", "leave"}
    hospital = HeadlessHospital(arguments.home, partial(say_event, asks=asks))
    try:
        passphrase = first_line(arguments.passphrase_file) if arguments.passphrase_file else ""
        identity = await hospital.open(arguments.hospital, passphrase)
        say(f"{arguments.hospital}: {identity.words}")
        if identity.due:
            ends = dt.datetime.fromtimestamp(identity.valid_until, dt.UTC)
            say(f"This identity ends on {ends:%Y-%m-%d}: syncohort-cli identity renew")
        proxy = proxy_of(arguments) if "proxy" in arguments else None
        if proxy is not None:  # otherwise the one that is kept in the settings, if there is one
            await hospital.ask(SetProxy(proxy=proxy))
        return await _STEPS[arguments.step](arguments, hospital)
    finally:
        await hospital.close()


# ---- steps


async def _approver(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    old = arguments.old_passphrase_file
    await hospital.ask(
        SetUpApprover(
            name=arguments.name,
            passphrase=first_line(arguments.approver_passphrase_file),
            steward=arguments.steward,
            old_passphrase=first_line(old) if old else "",
        )
    )
    print_tree({"approver": arguments.name, "steward": arguments.steward})
    return _DONE


async def _create(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    cohort_id = await _cohort(arguments, hospital)
    host, port = listen_place(arguments.relay or arguments.direct)
    meeting = MeetingPoint(
        host=host,
        port=port,
        relay=bool(arguments.relay),
        certificate_sha256=arguments.relay_sha256.lower(),
    )
    counted = bool(arguments.genes) and arguments.genes.isdigit()
    listed = arguments.genes and not counted
    wish = CreateStudy(
        title=arguments.title,
        purpose=arguments.purpose,
        cohort_id=cohort_id,
        genes=read_lines(Path(arguments.genes)) if listed else (),
        n_genes=int(arguments.genes) if counted else None,
        reference=str(arguments.reference or ""),
        planned_smallest_class=arguments.smallest_class,
        shares=shares_of(arguments),
        centre_sites=arguments.centre_sites,
        label_name=arguments.label or "diagnosis",
        classes=read_lines(arguments.classes),
        recipe=recipe_of(arguments),
        candidates=candidates_of(arguments),
        epsilon=arguments.epsilon,
        delta=arguments.delta,
        n_max=arguments.n_max,
        n_records=arguments.records,
        noise=arguments.noise,
        meeting=meeting,
        attestations=_attested(arguments),
        judging=judging_of(arguments),
        licence=arguments.licence,
    )
    for line in await forecast_lines(wish, hospital):
        say(line)
    changed = await hospital.answer(wish, LobbyChanged)
    study_id, files = changed.lobby.study_id, []
    for number in range(1, arguments.invitations + 1):
        valid_s = int(arguments.valid_hours * 3600)
        made = await hospital.answer(
            MakeInvitation(study_id=study_id, valid_s=valid_s), InvitationMade
        )
        files.append(
            write_invitation(arguments.out / f"invitation-{number}.syncohort-invitation", made)
        )
    print_tree({**summary(await hospital.view(study_id)), "invitations": files})
    return _DONE


async def _join(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    content = read_text(arguments.invitation)
    invitation = read_invitation(content)
    study_id = invitation.study_id
    if study_id in {v.study_id for v in await hospital.views()}:
        return await _wait_for_plan(study_id, arguments, hospital)
    cohort_id = await _fitting_cohort(arguments, hospital, invitation)
    command = JoinStudy(content=content, cohort_id=cohort_id, attestations=_attested(arguments))
    await _ask_until_there(hospital, command, arguments.wait)
    if arguments.words:
        view = await hospital.view(study_id)
        same = same_words(arguments.words, view.participants[0].words)
        key = view.participants[0].key
        await hospital.ask(MarkCompared(study_id=study_id, key=key, same=same))
        if not same:
            raise StudyError("ST714", party=invitation.coordinator)
    view = await hospital.until(study_id, lambda v: is_planned(v) or is_over(v), arguments.wait)
    return left_standing(view)


async def _wait_for_plan(
    study_id: str, arguments: argparse.Namespace, hospital: HeadlessHospital
) -> int:
    """Who is in the study already waits for its next plan."""
    say("This hospital is in the study already; it waits for the plan")
    await hospital.ask(OpenLobby(study_id=study_id))
    view = await hospital.until(
        study_id, lambda v: v.online and (is_planned(v) or is_over(v)), arguments.wait
    )
    return left_standing(view)


async def _ask_until_there(hospital: HeadlessHospital, command: JoinStudy, wait_s: float) -> None:
    """Ask to join, again and again until the coordinator has opened its lobby."""
    end = asyncio.get_running_loop().time() + wait_s
    while True:
        try:
            await hospital.ask(command)
        except SessionError as wrong:
            absent = wrong.code in {"SE401", "SE402", "SE406", "SE407", "SE408"}
            if not absent or asyncio.get_running_loop().time() > end:
                raise
            await asyncio.sleep(_PAUSE_S)
        else:
            return


async def _accept(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    study_id = (await hospital.view(arguments.study)).study_id
    await hospital.ask(OpenLobby(study_id=study_id))
    for words in arguments.words:
        there = partial(_is_there, words)
        view = await hospital.until(study_id, there, arguments.wait)
        key = who(view, words)
        await hospital.ask(AcceptParticipant(study_id=study_id, key=key))
        await hospital.ask(MarkCompared(study_id=study_id, key=key, same=True))
    if arguments.close:
        await hospital.ask(CloseRoster(study_id=study_id))
    return left_standing(await hospital.view(study_id))


async def _sign(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    study_id = (await hospital.view(arguments.study)).study_id
    reason = arguments.reason
    await hospital.ask(SignPlan(study_id=study_id, digest=arguments.digest, reason=reason))
    return left_standing(await hospital.view(study_id))


async def _refuse(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    view = await hospital.view(arguments.study)
    study_id = view.study_id
    await hospital.ask(OpenLobby(study_id=study_id))
    await hospital.until(study_id, lambda v: v.online, arguments.wait)
    await hospital.ask(
        RefusePlan(study_id=study_id, digest=arguments.digest, reason=arguments.reason)
    )
    return left_standing(await hospital.view(study_id))


async def _approve(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    study_id = (await hospital.view(arguments.study)).study_id
    await hospital.ask(
        ApprovePlan(
            study_id=study_id,
            digest=arguments.digest,
            approver=arguments.name,
            passphrase=first_line(arguments.approver_passphrase_file),
            ballot=ballot_of(arguments),
        )
    )
    return left_standing(await hospital.view(study_id))


async def _leave(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    study_id = (await hospital.view(arguments.study)).study_id
    await hospital.ask(OpenLobby(study_id=study_id))
    try:
        await hospital.until(study_id, lambda v: v.online, min(arguments.wait, 10.0))
    except SessionError:
        say("Nobody could be told; the study is left here")
    await hospital.ask(LeaveStudy(study_id=study_id, reason=arguments.reason))
    return left_standing(await hospital.view(study_id))


_STEPS: Final[dict[str, Step]] = {
    "approver": _approver,
    "create": _create,
    "join": _join,
    "accept": _accept,
    "counts": counts,
    "sign": _sign,
    "refuse": _refuse,
    "approve": _approve,
    "run": run_or_continue,
    "status": show_status,
    "remove": remove,
    "leave": _leave,
}


# ---- reading and writing


async def _cohort(arguments: argparse.Namespace, hospital: HeadlessHospital) -> str:
    """Open the own cohort and return its key; empty for a compute partner."""
    if arguments.cohort is None:
        return ""
    cohort = await opened_cohort(arguments, hospital)
    if not cohort.cohort_id:
        raise CohortError("CH110", file=arguments.cohort.name)
    return cohort.cohort_id


async def _fitting_cohort(
    arguments: argparse.Namespace, hospital: HeadlessHospital, invitation: Invitation
) -> str:
    """Open the own cohort, say how it fits the study, and refuse one that does not."""
    if arguments.cohort is None:
        return ""
    cohort = await opened_cohort(arguments, hospital)
    require_fit(await findings_of(invitation, cohort, hospital), arguments.cohort.name)
    return cohort.cohort_id


def _attested(arguments: argparse.Namespace) -> tuple[Attestation, ...]:
    said = (
        (Attestation.DISJOINT_PATIENTS, arguments.attest_disjoint),
        (Attestation.NO_COLLUSION, arguments.attest_no_collusion),
    )
    return tuple(a for a, yes in said if yes)


def _is_there(words: str, view: LobbyView) -> bool:
    return who(view, words) != ""
