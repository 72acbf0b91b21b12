"""Wrong things that no command and no word brings about; FAULTS.md has the other entrances."""

from __future__ import annotations

import asyncio
import json

import pytest

from core.errors import SynCohortError
from core.messages.codec import decode, encode
from core.messages.lobby import (
    COORDINATOR_WORDS,
    PlanProposed,
    RunPrepareAsked,
)
from core.messages.study_commands import (
    ApprovePlan,
    CloseRoster,
    CreateStudy,
    RunStudy,
    SignPlan,
)
from core.messages.study_events import LobbyChanged
from core.model.invitation import MeetingPoint
from core.model.lobby import Phase
from core.model.plan import Attestation
from core.worker.headless import HeadlessHospital
from tests.unit.study.joint_study import lobby, plan_for
from tests.unit.worker.lobby_twin import Sites, until


def test_no_command_runs_what_is_not_agreed_or_has_too_few_parties(tmp_path) -> None:
    """A coordinator alone, with every command that could start something."""

    async def main() -> None:
        hospital = HeadlessHospital(tmp_path, lambda _event: None)
        try:
            await hospital.open("North", "a passphrase of many words")
            created = await hospital.answer(
                CreateStudy(
                    title="Alone",
                    purpose="To see what one hospital can do alone.",
                    cohort_id="",
                    genes=("A", "B", "C"),
                    label_name="diagnosis",
                    classes=("x", "y"),
                    recipe="marginals",
                    epsilon=1.0,
                    delta=1e-6,
                    n_max=1000,
                    n_records=None,
                    meeting=MeetingPoint(host="127.0.0.1", port=1, relay=False),
                    attestations=tuple(Attestation),
                ),
                LobbyChanged,
            )
            study_id, digest = created.lobby.study_id, "0" * 64
            for command, codes in (
                (CloseRoster(study_id=study_id), {"PL203", "PL204", "ST705"}),
                (RunStudy(study_id=study_id), {"ST705"}),
                (SignPlan(study_id=study_id, digest=digest), {"ST705"}),
                (
                    ApprovePlan(
                        study_id=study_id, digest=digest, approver="Grace", passphrase="x"
                    ),
                    {"ST705"},
                ),
                (RunStudy(study_id=study_id), {"ST705"}),
            ):
                with pytest.raises(SynCohortError) as caught:
                    await hospital.ask(command)
                assert caught.value.code in codes, command
            assert (await hospital.view(study_id)).phase is Phase.DRAFTED
        finally:
            await hospital.close()

    asyncio.run(main())


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_plan_with_fewer_than_three_parties_cannot_even_be_said(kept) -> None:
    plan = plan_for(lobby().closed())
    tree = json.loads(encode(PlanProposed(plan=plan))[4:])
    assert decode(json.dumps(tree).encode(), COORDINATOR_WORDS).plan == plan
    del tree["fields"]["plan"]["parties"][kept:]
    with pytest.raises(SynCohortError, match=r"PL20[34]"):
        decode(json.dumps(tree).encode(), COORDINATOR_WORDS)


@pytest.mark.parametrize("missing", ["sign", "approve"])
def test_no_participant_prepares_a_run_that_not_all_have_agreed_to(play, missing) -> None:
    """The coordinator asks for it all the same."""

    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.propose()
        if missing == "approve":
            for site in s.all:
                site.part.sign(plan.digest)
            for site in s.all[:-1]:
                site.part.approve(plan.digest, "Grace")
            await s.river.until(lambda x: len(x.approvals) == 2)
        s.host._members[s.river.key].line.say(RunPrepareAsked(digest=plan.digest))
        await until(lambda: "ST708" in s.river.refusals())
        assert s.river.run.started == []

    play(story)
