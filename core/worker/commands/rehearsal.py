"""A whole study on one computer, headless: one hospital worker and one run worker per hospital,
real joint computation.

Everything is checked before anything is written: files, columns, panel, classes, cap and
accounting. Only then do the hospitals write their plan and ledger into the output folder.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.cohort.inspection import named_layout
from core.errors import CohortError, PlanError, SynCohortError
from core.messages.events import Event, ReleaseWritten, RunEnded, StageFinished, StageProgressed
from core.model.budget import Budget
from core.model.drawing import NoiseChoice
from core.model.evaluation import JointScores
from core.model.peer import Route
from core.model.plan import Plan
from core.model.release import Release, StageAccount
from core.model.selection import Selection
from core.model.study import HospitalState, StudyState
from core.privacy.calibration import NoiseFamily
from core.randomness import NoiseSource
from core.study.drafting import Agreement, Seat, require_enough_parties
from core.study.panel import common_classes, common_panel
from core.synthesis.reference.file import ReferenceFile
from core.synthesis.registry import recipe_called
from core.synthesis.settings import budget_part
from core.worker.calibrating import Making, design_of, made_as, panel_size
from core.worker.commands.candidate_arguments import promise_lines, promises_of
from core.worker.commands.judging_arguments import Wishes
from core.worker.commands.split_arguments import sites_lines, split_lines
from core.worker.hospital import version
from core.worker.local.local_study import LocalStudy, require_different_files
from core.worker.local.member import PartnerMember
from core.worker.noise_family import family_for, family_words
from core.worker.references.choosing import chosen_genes, cut_to
from core.worker.references.reading import read_reference
from core.worker.shares import split_of
from core.worker.together import all_of

COMPUTE_PARTNER = "compute-partner"
_REPORTS_AT_ONCE = 2
#: Characters that mean something in a path on one system or another.
_NO_FOLDER = frozenset('\\/:*?"<>|')


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRequest:
    """What the command line asks for; see ``syncohort-cli rehearse --help``."""

    cohorts: tuple[Path, ...]
    compute_partner: bool
    label: str
    ignored: tuple[str, ...]
    recipe: str
    n_genes: int | None
    genes: tuple[str, ...] | None
    classes: tuple[str, ...] | None
    budget: Budget
    n_records: int | None
    n_max: int
    holdout_share: float
    top_bits: int | None
    noise: NoiseChoice
    out: Path
    reports: bool
    reference: Path | None = None
    smallest_class: int | None = None
    centre_sites: bool = False
    shares: tuple[tuple[str, float], ...] = ()
    route: Route | None = None
    licence: str = ""
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalResult:
    """One hospital's folder and how its run ended."""

    name: str
    directory: Path
    ended: RunEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalResult:
    """What a rehearsal gives.

    Attributes:
        plan: The plan that was run.
        family: Which noise its stages have.
        hospitals: By party number, a compute partner included.
        stages: Per stage the slowest hospital's seconds and the most bytes that one party sent.
        synthetic_sha256: Of the released table; empty if there is none.
        joint: What the joint evaluation released; None where there was none.
        selection: What it released about every candidate; None where there were none.
    """

    plan: Plan
    family: NoiseFamily
    hospitals: tuple[HospitalResult, ...]
    stages: tuple[StageAccount, ...]
    synthetic_sha256: str
    joint: JointScores | None = None
    selection: Selection | None = None


def stem_of(path: Path) -> str:
    """Return a file's name without any of its suffixes.

    >>> stem_of(Path("a/hospital-A2.csv.gz"))
    'hospital-A2'
    """
    return path.name.split(".")[0]


class Rehearsal:
    """Runs one request. Invariant: if it raises before the run, the output folder holds nothing of
    it.
    """

    def __init__(self, request: RehearsalRequest, say: Callable[[str], None]) -> None:
        """Take the request; ``say`` gets one line of progress at a time."""
        self._request = request
        self._say = say
        self._members: list[PartnerMember] = []
        self._stages: dict[str, StageAccount] = {}
        self._released: Release | None = None
        self._study: LocalStudy | None = None
        self._shown: dict[tuple[str, str], int] = {}

    async def run(self) -> RehearsalResult:
        """Check, agree, run.

        Raises:
            SynCohortError: Before the run: nothing was written and nothing is spent.
        """
        seats = self._seats()
        self._require_free_folder()
        await self._open_all(seats)
        return await self._agree_and_run(seats)

    async def close(self) -> None:
        """End all processes."""
        await asyncio.gather(*(m.close() for m in self._members), return_exceptions=True)

    async def cancel(self) -> None:
        """Stop every hospital's part."""
        if self._study is not None:
            await self._study.cancel()

    # ---- before the run

    def _seats(self) -> list[Seat]:
        request = self._request
        names = [stem_of(path) for path in request.cohorts]
        for path in request.cohorts:
            if not path.is_file():
                raise CohortError("CH101", file=path.name)
        taken = [COMPUTE_PARTNER]
        for path, name in zip(request.cohorts, names, strict=True):
            if not name.strip() or not name.isprintable() or set(name) & _NO_FOLDER:
                reason = f"the file {path.name!r} gives no name for a hospital's folder"
                raise PlanError("PL201", field="parties", reason=reason)
            folder = unicodedata.normalize("NFC", name).casefold().strip()
            if folder in taken:  # some systems take these for one folder
                raise PlanError("PL205", name=name)
            taken.append(folder)
        request.wishes.require_known(names)
        require_different_files(request.cohorts)
        seats = [Seat(name=name, has_cohort=True) for name in names]
        if request.compute_partner:
            seats.append(Seat(name=COMPUTE_PARTNER, has_cohort=False))
        require_enough_parties(seats)
        return seats

    def _require_free_folder(self) -> None:
        out = self._request.out
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise PlanError("PL210", folder=out.name)

    async def _open_all(self, seats: Sequence[Seat]) -> None:
        self._say(f"Starting {len(seats)} hospitals, each a process of its own")
        for seat in seats:
            self._members.append(
                PartnerMember(
                    seat,
                    self._request.out / seat.name,
                    self._on_event,
                    self._request.route,
                    self._request.wishes.ballot_of(seat.name) if seat.has_cohort else None,
                )
            )
        await all_of([m.open(version()) for m in self._members])
        request = self._request
        layouts = [
            named_layout(path, label=request.label, ignored=request.ignored)
            for path in request.cohorts
        ]
        await all_of(
            [
                m.open_cohort(str(path), layout)
                for m, path, layout in zip(
                    self._members, self._request.cohorts, layouts, strict=False
                )
            ]
        )

    async def _agree_and_run(self, seats: Sequence[Seat]) -> RehearsalResult:
        request = self._request
        self._study = LocalStudy(self._members, self._on_state)
        agreement = await self._agreement()
        family = family_for(agreement, len(seats), request.noise)
        if request.top_bits:
            family = replace(family, top_bits=request.top_bits)
        proposal = await self._study.propose(agreement, family)
        plan = proposal.plan
        values = sum(s.values for s in plan.stages)
        self._say(
            f"Plan {plan.digest[:16]}: {len(plan.genes)} genes, {len(plan.classes)} classes, "
            f"{values} noisy totals, epsilon {plan.epsilon_accounted:.4f} of "
            f"{plan.budget.epsilon:g} at delta {plan.budget.delta:g}"
        )
        self._say(family_words(plan, family))
        ended = await self._study.run()
        results = tuple(
            HospitalResult(name=seat.name, directory=request.out / seat.name, ended=end)
            for seat, end in zip(seats, ended, strict=True)
        )
        released = self._released
        return RehearsalResult(
            plan=plan,
            family=family,
            hospitals=results,
            stages=tuple(self._stages[s.name] for s in plan.stages if s.name in self._stages),
            synthetic_sha256=released.synthetic_sha256 if released else "",
            joint=released.joint if released else None,
            selection=released.selection if released else None,
        )

    async def _agreement(self) -> Agreement:
        request = self._request
        panels = await all_of([m.panel() for m in self._members if m.seat.has_cohort])
        reference = read_reference(request.reference) if request.reference else None
        genes = self._genes([p.genes for p in panels], reference)
        agreement = Agreement(
            study_id=NoiseSource().token(16).hex(),
            title="Rehearsal",
            rehearsal=True,
            recipe="",
            recipe_parameters=(),
            genes=genes,
            label_name=request.label,
            classes=request.classes or common_classes([p.labels for p in panels]),
            budget=request.budget,
            n_max=request.n_max,
            holdout_share=request.holdout_share,
            n_records=request.n_records,
            reference=cut_to(genes, reference),
            judging=request.wishes.judging,
            licence=" ".join(request.licence.split()) or None,
        )
        wish = Making(
            recipe=request.recipe,
            candidates=request.wishes.candidates,
            centre_sites=request.centre_sites,
            shares=request.shares,
            n_min=request.smallest_class,
        )
        made = made_as(agreement, wish, len(self._members))
        part = budget_part(request.budget, max(1, len(made.candidates)))
        lines = self._words_about(made)
        lines += sites_lines(part.epsilon, centred=request.centre_sites)
        for line in lines:
            self._say(line)
        return made

    def _words_about(self, made: Agreement) -> list[str]:
        """Return what the split, or the candidates, of an agreement give, and why."""
        shares, n_min = self._request.shares, self._request.smallest_class
        if made.candidates:
            return promise_lines(promises_of(made, n_min)) if n_min is not None else []
        recipe, design = recipe_called(made.recipe), design_of(made)
        reason = recipe.proposed(design, n_min).reason
        return split_lines(split_of(recipe, design), reason, own=bool(shares))

    def _genes(
        self, panels: Sequence[Sequence[str]], reference: ReferenceFile | None
    ) -> tuple[str, ...]:
        """Return the genes asked for: listed, or chosen by public spread, never by patients."""
        request, wishes = self._request, self._request.wishes.candidates
        if request.genes is not None:
            return request.genes
        panel = common_panel(panels)
        n_genes = panel_size(wishes, request.n_genes, len(panel))
        if n_genes is None:
            return panel
        chosen = chosen_genes(panel, n_genes, reference)
        if reference is not None:
            self._say(f"The {len(chosen)} common genes of largest public spread are used")
        else:
            self._say(f"Without a public reference, the first {len(chosen)} common genes are used")
        return chosen

    # ---- after the run

    async def report(self, digest: str) -> None:
        """Let every hospital with patients compare the release with its own held-out patients."""
        gate = asyncio.Semaphore(_REPORTS_AT_ONCE)

        async def one(member: PartnerMember) -> None:
            async with gate:
                await member.report(digest)
                self._say(f"{member.seat.name}: local report written")

        await all_of([one(m) for m in self._members if m.seat.has_cohort])

    # ---- what happens meanwhile

    def _on_state(self, number: int, state: HospitalState, code: str) -> None:
        if code:
            self._say(f"{self._members[number].seat.name}: {state.value} ({code})")

    def _on_event(self, name: str, event: Event) -> None:
        first = self._members and name == self._members[0].seat.name
        match event:
            case StageFinished():
                self._keep(event)
                if first:
                    self._say(
                        f"{event.stage}: {event.values} totals opened, {event.seconds:.1f} s"
                    )
            case StageProgressed() if first:
                self._show(event)
            case ReleaseWritten():
                self._released = event.release
            case _:
                pass

    def _keep(self, event: StageFinished) -> None:
        old = self._stages.get(event.stage)
        self._stages[event.stage] = StageAccount(
            name=event.stage,
            values=event.values,
            seconds=max(event.seconds, old.seconds if old else 0.0),
            bytes_sent=max(event.bytes_sent, old.bytes_sent if old else 0),
        )

    def _show(self, event: StageProgressed) -> None:
        """Say every tenth part of a step once."""
        tenth = 10 * event.done // event.total if event.total else 10
        if self._shown.get((event.stage, event.step), -1) < tenth:
            self._shown[event.stage, event.step] = tenth
            left = f", about {event.seconds_left:.0f} s left" if event.seconds_left >= 0 else ""
            self._say(f"{event.stage} · {event.step}: {event.done} of {event.total}{left}")


def spent_text(results: Sequence[HospitalResult]) -> str:
    """Say what a failed session spent, for the last line of standard error."""
    spent = [r.name for r in results if r.ended.spent]
    if not spent:
        return "Nothing is spent."
    return f"The budget of this rehearsal counts as spent at: {', '.join(spent)}."


def first_error(results: Sequence[HospitalResult]) -> SynCohortError | None:
    """Return the error that says most: one that is not merely another hospital's end."""
    wrong = [r.ended for r in results if r.ended.state is not StudyState.FINISHED]
    if not wrong:
        return None
    wrong.sort(key=lambda e: (e.code in {"SE405", "SE401", "SE406"}, e.code))
    return SynCohortError.from_code(wrong[0].code, wrong[0].fields)
