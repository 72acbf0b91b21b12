"""A practice study: this hospital with partners that are real processes on this computer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from core.errors import PlanError, WorkerError
from core.messages.commands import PrepareDemonstration, ProposePlan
from core.messages.events import Event, HospitalChanged, PlanProposed, RunEnded
from core.model.budget import Budget, charged_units
from core.model.cohort import CohortSummary
from core.model.peer import PeerAddress
from core.model.plan import Plan
from core.model.study import HospitalState, HospitalView
from core.randomness import NoiseSource
from core.study.drafting import Agreement, Seat, require_enough_parties
from core.study.panel import common_classes, common_panel
from core.synthesis.reference.file import ReferenceFile
from core.synthesis.registry import default_recipe
from core.worker.calibrating import Making, explained, made_as, panel_size
from core.worker.cohorts.cohort_desk import EXAMPLE_FILES, CohortDesk, example_file
from core.worker.home import Home
from core.worker.local.local_study import LocalStudy, require_different_files
from core.worker.local.member import Member, PartnerMember
from core.worker.noise_family import family_for
from core.worker.references.choosing import chosen_genes, cut_to
from core.worker.references.reading import read_reference
from core.worker.runs.run_desk import RunDesk
from core.worker.together import all_of

Emit = Callable[[Event], None]
COMPUTE_PARTNER = "Compute partner"


class OwnMember:
    """This hospital as a member of its own local study."""

    def __init__(self, seat: Seat, cohort_id: str, desk: RunDesk) -> None:
        """Name the seat and the cohort."""
        self._seat = seat
        self._cohort_id = cohort_id
        self._desk = desk

    @property
    def seat(self) -> Seat:
        """Name, and whether it has patients."""
        return self._seat

    async def prepare(self) -> PeerAddress:
        """Start the own run worker."""
        return await self._desk.prepare(self._seat.name)

    async def accept(self, plan: Plan, number: int) -> None:
        """Check the plan like any other hospital."""
        await self._desk.accept(
            ProposePlan(plan=plan, own_number=number, cohort_id=self._cohort_id)
        )

    async def start(self, digest: str, peers: tuple[PeerAddress, ...]) -> RunEnded:
        """Run the own part."""
        return await self._desk.start(digest, peers)

    async def cancel(self) -> None:
        """Stop the own part."""
        await self._desk.cancel()

    async def close(self) -> None:
        """End the own run worker."""
        await self._desk.put_away()


class Demonstration:
    """Holds the partner processes of one practice study, from the lobby to the end of the run."""

    def __init__(
        self, *, home: Home, cohorts: CohortDesk, runs: RunDesk, emit: Emit, version: str
    ) -> None:
        """Start without partners."""
        self._home = home
        self._cohorts = cohorts
        self._runs = runs
        self._emit = emit
        self._version = version
        self._partners: list[PartnerMember] = []
        self._study: LocalStudy | None = None
        self._digest = ""
        self._running = False
        self._seats: list[Seat] = []

    async def prepare(self, ask: PrepareDemonstration, hospital: str) -> None:
        """Start the partners, let them read their files, agree on a plan and propose it.

        Raises:
            SynCohortError: The first refusal; the partners are ended and nothing is spent.
        """
        if self._running or self._runs.busy:
            raise WorkerError("WO604", step="prepare", reason="a run is under way")
        await self.leave()
        own = self._cohorts.opened(ask.cohort_id)
        files = self._partner_files(ask, practice=own.view.practice)
        require_different_files([self._cohorts.file_of(ask.cohort_id), *files])
        self._seats = [Seat(name=hospital, has_cohort=True)]
        self._seats += [Seat(name=_partner_name(f, hospital), has_cohort=True) for f in files]
        if ask.compute_partner:
            self._seats.append(Seat(name=COMPUTE_PARTNER, has_cohort=False))
        require_enough_parties(self._seats)
        try:
            await self._open_partners(files, ask.cohort_id, simulated=not ask.partner_files)
            await self._propose(ask)
        except BaseException:
            await self.leave()
            raise

    def _partner_files(self, ask: PrepareDemonstration, *, practice: bool) -> tuple[Path, ...]:
        if ask.partner_files:
            return tuple(Path(p) for p in ask.partner_files)
        if practice:
            return tuple(example_file(name) for name in EXAMPLE_FILES[1:])
        return ()

    async def _open_partners(
        self, files: tuple[Path, ...], cohort_id: str, *, simulated: bool
    ) -> None:
        hint = NoiseSource().token(6).hex()
        self._say(0, HospitalState.READY)
        for number, seat in enumerate(self._seats[1:], start=1):
            self._say(number, HospitalState.STARTING)
            home = self._home.partner(f"{number}", hint, practice=simulated)
            self._partners.append(PartnerMember(seat, home, self._on_partner_event))
        await asyncio.gather(*(p.open(self._version) for p in self._partners))
        layout = self._cohorts.opened(cohort_id).view.layout
        with_files = list(zip(self._partners, files, strict=False))
        for number, _ in enumerate(with_files, start=1):
            self._say(number, HospitalState.READING)
        checked = await all_of([p.open_cohort(str(f), layout) for p, f in with_files])
        if not simulated:
            refuse_registered([c.cohort.summary for c in checked], self._cohorts.fingerprints())

    async def _propose(self, ask: PrepareDemonstration) -> None:
        members: list[Member] = [
            OwnMember(self._seats[0], ask.cohort_id, self._runs),
            *self._partners,
        ]
        self._study = LocalStudy(members, self._on_state)
        panels = [self._cohorts.panel(ask.cohort_id)]
        panels += [await p.panel() for p in self._partners if p.seat.has_cohort]
        own = self._cohorts.opened(ask.cohort_id)
        file = read_reference(Path(ask.reference)) if ask.reference else None
        genes = practice_panel(ask, common_panel([p.genes for p in panels]), file)
        agreement = Agreement(
            study_id=NoiseSource().token(16).hex(),
            title=ask.title,
            rehearsal=True,
            recipe="",
            recipe_parameters=(),
            genes=genes,
            label_name=own.view.layout.label,
            classes=common_classes([p.labels for p in panels]),
            budget=Budget(epsilon=ask.epsilon, delta=ask.delta),
            n_records=ask.n_records,
            reference=cut_to(genes, file),
            judging=ask.judging,
        )
        wish = Making(
            recipe=ask.recipe or default_recipe().name,
            candidates=ask.candidates,
            centre_sites=ask.centre_sites,
            shares=ask.shares,
            n_min=ask.planned_smallest_class,
        )
        agreement = made_as(agreement, wish, len(members))
        proposal = await self._study.propose(agreement, family_for(agreement, len(members)))
        self._digest = proposal.plan.digest
        self._emit(
            PlanProposed(
                plan=proposal.plan,
                digest=self._digest,
                units=charged_units(proposal.plan.budget),
                explanation=explained(proposal.plan, proposal.account),
            )
        )

    async def run(self, digest: str) -> RunEnded:
        """Run the proposed plan everywhere; return how it ended here.

        Raises:
            WorkerError: WO604 if this plan was not proposed.
        """
        if self._study is None or digest != self._digest or self._running:
            raise WorkerError("WO604", step="start", reason="this plan was not proposed here")
        self._running = True
        try:
            ended = await self._study.run()
        finally:
            self._running = False
            await self.leave()
        return ended[0]

    async def cancel(self) -> None:
        """Stop the run everywhere."""
        if self._study is not None:
            await self._study.cancel()

    async def leave(self) -> None:
        """End the partner processes."""
        partners, self._partners = self._partners, []
        self._study, self._digest = None, ""
        await asyncio.gather(*(p.close() for p in partners), return_exceptions=True)

    # ---- states on the screen

    def _say(self, number: int, state: HospitalState, code: str = "") -> None:
        seat = self._seats[number]
        self._emit(
            HospitalChanged(
                hospital=HospitalView(
                    number=number,
                    name=seat.name,
                    has_cohort=seat.has_cohort,
                    own=number == 0,
                    state=state,
                    code=code,
                )
            )
        )

    def _on_state(self, number: int, state: HospitalState, code: str) -> None:
        self._say(number, state, code)

    def _on_partner_event(self, name: str, event: Event) -> None:
        """Partners' own views stay theirs; only their states become visible through
        ``_on_state``.
        """


def refuse_registered(partners: Sequence[CohortSummary | None], own: frozenset[str]) -> None:
    """Refuse a partner's file that is a cohort of this hospital: nobody would charge its cap.

    Raises:
        PlanError: PL201 naming the file.
    """
    for partner in partners:
        if partner is not None and partner.fingerprint in own:
            reason = (
                f"{partner.file_name} is a cohort of this hospital, and its cap would not be "
                "charged; take part with it as the own cohort"
            )
            raise PlanError("PL201", field="parties", reason=reason)


def practice_panel(
    ask: PrepareDemonstration, common: tuple[str, ...], file: ReferenceFile | None
) -> tuple[str, ...]:
    """Return the genes that are asked for, of those that all files have.

    Raises:
        PlanError: PL201 naming the first gene that some file does not have, PL207 for fewer than
            are asked for.
    """
    known = set(common)
    missing = [gene for gene in ask.genes if gene not in known]
    if missing:
        reason = f"{len(missing)} are not in the file of every hospital, the first is {missing[0]}"
        raise PlanError("PL201", field="genes", reason=reason)
    listed = ask.genes or common
    return chosen_genes(listed, panel_size(ask.candidates, ask.n_genes, len(listed)), file)


def _partner_name(file: Path, own: str) -> str:
    """Name a partner after its file.

    >>> _partner_name(Path("hospital-river.csv"), "North")
    'Hospital River'
    """
    words = file.name.split(".")[0].replace("_", " ").replace("-", " ").split()
    stem = " ".join(word[0].upper() + word[1:] for word in words) or "Partner"
    return f"{stem} (partner)" if stem == own else stem
