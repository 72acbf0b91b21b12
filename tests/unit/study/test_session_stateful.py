"""Any order of steps: what runs was signed and approved by all of three or more, as it stands."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.errors import PlanError, StudyError
from core.model.lobby import Phase
from core.study.session import StudySession
from core.study.signatures import approval_statement, plan_statement
from tests.unit.study.joint_study import (
    ALL,
    NO_PATIENTS,
    approval,
    drafted,
    invited,
    joiner,
    key_of,
    plan_for,
    signature,
    verify,
)

NAMES = ("North", "River", "Lake", "Hill")
PEOPLE = st.sampled_from(NAMES)
JOINERS = st.sampled_from(NAMES[1:])
REASONS = st.sampled_from(["", " ", "It is not what we agreed.", "x" * 301])


class Studies(RuleBasedStateMachine):
    """Takes every step at every moment; the machine refuses or stays true."""

    def __init__(self) -> None:
        super().__init__()
        self.session: StudySession = drafted()

    def take(self, step) -> bool:
        before = self.session
        try:
            after = step(before)
        except (StudyError, PlanError):
            assert self.session is before
            return False
        changed = (before.plan, [(p.key, p.state, p.name) for p in before.seated]) != (
            after.plan,
            [(p.key, p.state, p.name) for p in after.seated],
        )
        if changed and before.plan is not None:
            assert not after.signatures
            assert not after.approvals
        self.session = after
        return True

    @rule(name=JOINERS)
    def invite(self, name: str) -> None:
        self.take(lambda s: s.invited(invited(name)))

    @rule(name=JOINERS, attested=st.sampled_from([ALL, ALL, NO_PATIENTS, ()]))
    def ask(self, name: str, attested) -> None:
        self.take(lambda s: s.asked(joiner(name, attestations=attested), 5.0))

    @rule(name=JOINERS)
    def accept(self, name: str) -> None:
        self.take(lambda s: s.accepted(key_of(name)))

    @rule(name=PEOPLE, same=st.sampled_from([True, True, True, False]))
    def compare(self, name: str, same: bool) -> None:
        self.take(lambda s: s.compared(key_of(name), same=same))

    @rule()
    def gather(self) -> None:
        for name in NAMES[1:]:
            self.invite(name)
            self.take(lambda s, name=name: s.asked(joiner(name), 5.0))
            self.accept(name)
            self.compare(name, same=True)
        self.close()

    @rule(name=PEOPLE, reason=REASONS)
    def remove(self, name: str, reason: str) -> None:
        if self.take(lambda s: s.removed(key_of(name), reason)):
            assert reason.strip()

    @rule()
    def close(self) -> None:
        if self.take(lambda s: s.closed()):
            assert all(p.compared for p in self.session.seated)

    @rule(epsilon=st.sampled_from([0.99, 0.98]))
    def propose(self, epsilon: float) -> None:
        self.take(lambda s: s.proposed(plan_for(s, epsilon_accounted=epsilon)))

    @rule(name=PEOPLE)
    def sign(self, name: str) -> None:
        if self.session.plan is not None:
            self.take(lambda s: s.signed(signature(name, s.plan), verify))

    @rule(name=PEOPLE)
    def approve(self, name: str) -> None:
        if self.session.plan is not None:
            self.take(lambda s: s.approved(approval(name, s.plan), verify))

    @rule()
    def all_sign_and_approve(self) -> None:
        for name in NAMES:
            self.sign(name)
            self.approve(name)

    @rule(name=PEOPLE, forger=PEOPLE)
    def forge(self, name: str, forger: str) -> None:
        plan = self.session.plan
        if plan is not None and name != forger:
            wrong = replace(signature(forger, plan), key=key_of(name))
            assert not self.take(lambda s: s.signed(wrong, verify))

    @rule(name=PEOPLE, reason=REASONS)
    def refuse(self, name: str, reason: str) -> None:
        plan = self.session.plan
        if plan is not None and self.take(lambda s: s.refused(key_of(name), plan.digest, reason)):
            assert reason.strip()
            assert self.session.plan is None

    @rule()
    def start(self) -> None:
        self.take(lambda s: s.running())

    @rule(code=st.sampled_from(["", "SE401", "PR509"]), spent=st.booleans())
    def end_of_run(self, code: str, spent: bool) -> None:
        self.take(lambda s: s.ran(code=code, spent=spent))

    @rule(reason=REASONS)
    def end(self, reason: str) -> None:
        if self.take(lambda s: s.ended(reason)):
            assert reason.strip()

    @invariant()
    def every_endorsement_is_of_this_plan(self) -> None:
        s = self.session
        for given in s.signatures:
            party = s.participant(given.key)
            content = plan_statement(s.plan, s.terms.purpose, given.key)
            assert verify(party.certificate_pem, content, given.signature)
        for given in s.approvals:
            party = s.participant(given.key)
            content = approval_statement(s.plan, s.terms.purpose, given.key, given.person)
            assert verify(party.certificate_pem, content, given.signature)

    @invariant()
    def what_runs_was_agreed_by_all(self) -> None:
        s = self.session
        if s.phase in {Phase.RUNNING, Phase.INTERRUPTED, Phase.FINISHED, Phase.FAILED}:
            keys = {p.certificate_sha256 for p in s.plan.parties}
            assert len(keys) >= 3
            assert {e.key for e in s.signatures} == keys
            assert {e.key for e in s.approvals} == keys
            assert all(not p.missing_attestations for p in s.plan.parties)


Studies.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestStudies = Studies.TestCase
