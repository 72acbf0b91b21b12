"""A hospital worker over sessions: what it knows again after it was closed."""

import asyncio
from pathlib import Path

import pytest

from core.errors import SynCohortError
from core.messages import commands as ask
from core.messages import events as said
from core.messages import report_events as reported
from core.messages.ledger_commands import ListLedger
from core.messages.ledger_events import LedgerListed
from core.messages.release_commands import PrepareRelease
from core.messages.release_events import ReleasePrepared
from core.model.candidate import CandidateWish
from core.model.judging import CONFUSION, Judging
from core.model.study import StudyState
from core.worker.clock import SystemClock
from core.worker.home import Home
from core.worker.hospital import Hospital

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"


class Session:
    """One life of a hospital worker, driven in this process; its partners are real processes."""

    def __init__(self, home):
        self.events = []
        self.hospital = Hospital(
            home=Home(home, rehearsal=False), emit=self.events.append, clock=SystemClock()
        )

    async def __aenter__(self):
        await self.hospital.perform(ask.Introduce(hospital="North", app_version="0"))
        return self

    async def __aexit__(self, *_):
        await self.hospital.close()

    async def do(self, command, kind):
        begun = len(self.events)
        await self.hospital.perform(command)
        await asyncio.sleep(0.05)  # progress from threads
        for event in self.events[begun:]:
            if isinstance(event, kind):
                return event
            if isinstance(event, said.Refused):
                raise SynCohortError.from_code(event.code, event.fields)
        raise AssertionError([type(e).__name__ for e in self.events[begun:]])


async def open_north(session, path, name="North 2026"):
    seen = await session.do(ask.InspectFile(path=str(path)), said.FileInspected)
    opened = ask.OpenCohort(path=str(path), layout=seen.layout, name=name)
    return (await session.do(opened, said.CohortChecked)).cohort


def practice(cohort_id, epsilon, **more):
    partners = (str(SAMPLE / "hospital-river.csv"), str(SAMPLE / "hospital-lake.csv"))
    return ask.PrepareDemonstration(
        title="Pilot",
        cohort_id=cohort_id,
        partner_files=partners,
        compute_partner=False,
        epsilon=epsilon,
        delta=1e-6,
        n_genes=15,
        n_records=40,
        **more,
    )


async def run_study(session, cohort_id, epsilon=1.9924):
    proposed = await session.do(practice(cohort_id, epsilon), said.PlanProposed)
    ended = await session.do(ask.StartStudy(digest=proposed.digest), said.RunEnded)
    return proposed.digest, ended


async def require_candidates(session, cohort_id):
    """What was written down for a study between hospitals is in the plan of its rehearsal."""
    header = (SAMPLE / "hospital-north.csv").read_text().split("\n", 1)[0].split(",")
    wish = practice(
        cohort_id,
        1.0,
        candidates=(
            CandidateWish(recipe="marginals"),
            CandidateWish(recipe="moments", n_genes=9),
        ),
        centre_sites=True,
        judging=Judging(evaluation=CONFUSION),
        genes=tuple(reversed(header[2:40])),
    )
    plan = (await session.do(wish, said.PlanProposed)).plan
    assert plan.genes == tuple(reversed(header[2:40]))[:15]
    assert [(c.recipe, c.n_genes) for c in plan.candidates] == [("marginals", 15), ("moments", 9)]
    blocks = [dict(c.recipe_parameters).get("site_blocks") for c in plan.candidates]
    assert blocks == [None, 3]
    assert [s.name for s in plan.evaluation_stages] == ["joint-confusion"]


async def require_any_gene(session, report):
    """Any gene of the panel can be looked at by name, and no other."""
    gene = report.plan.genes[-1]
    wish = ask.AskGene(digest=report.digest, gene=gene)
    shown = await session.do(wish, reported.GeneShown)
    assert shown.curve == report.report.curve(gene)
    with pytest.raises(SynCohortError) as refused:
        await session.do(ask.AskGene(digest=report.digest, gene="none"), reported.GeneShown)
    assert refused.value.code == "WO604"


@pytest.mark.timeout(180)
def test_a_study_is_known_again_after_a_restart(tmp_path):
    async def story():
        home, file = tmp_path / "home", tmp_path / "north.csv"
        file.write_bytes((SAMPLE / "hospital-north.csv").read_bytes())
        async with Session(home) as first:
            cohort = await open_north(first, file)
            assert cohort.cap.left == 4.0
            await require_candidates(first, cohort.cohort_id)
            digest, ended = await run_study(first, cohort.cohort_id)
            assert (ended.state, ended.spent, ended.code) == (StudyState.FINISHED, True, "")

        async with Session(home) as second:
            listed = await second.do(ask.ListStudies(), said.StudiesListed)
            assert [(s.digest, s.state, s.spent) for s in listed.studies] == [
                (digest, StudyState.FINISHED, True)
            ]
            report = await second.do(ask.AskReport(digest=digest), reported.ReportReady)
            assert report.release.n_records == 40
            assert report.cap.spent == 2.0
            await require_any_gene(second, report)
            folder = tmp_path / "out"
            folder.mkdir()
            wish = PrepareRelease(
                digest=digest,
                folder=str(folder),
                as_zip=True,
                forms=("parquet", "h5ad"),
                report=True,
                local_report=False,
                recipient="outside",
                to="The public archive",
            )
            prepared = await second.do(wish, ReleasePrepared)
            assert prepared.needs_approval, "a file of one's own is not a practice cohort"
            assert list(folder.iterdir()) == []
            ledger = await second.do(ListLedger(), LedgerListed)
            assert [e.kind for e in ledger.entries] == ["decision", "reserved", "spent"]
            assert ledger.entries[-1].total == 2.0
            assert ledger.broken_entry == 0

        # the same patients in another order and under another name, half of them
        lines = file.read_text().splitlines(keepends=True)
        other = tmp_path / "renamed.csv"
        other.write_text("".join([lines[0], *reversed(lines[1::2])]))
        async with Session(home) as third:
            again = await open_north(third, other, "Looks new")
            assert again.cohort_id == cohort.cohort_id
            assert again.cap.spent == 2.0
            with pytest.raises(SynCohortError) as refused:
                await run_study(third, again.cohort_id, epsilon=2.5)
            assert refused.value.code == "BU301"

    asyncio.run(story())


@pytest.mark.timeout(120)
def test_a_changed_file_is_not_compared(tmp_path):
    async def story():
        home, file = tmp_path / "home", tmp_path / "north.csv"
        file.write_bytes((SAMPLE / "hospital-north.csv").read_bytes())
        async with Session(home) as first:
            cohort = await open_north(first, file)
            digest, _ = await run_study(first, cohort.cohort_id, epsilon=0.4895)
        file.write_text(file.read_text() + "\n")
        async with Session(home) as second:
            with pytest.raises(SynCohortError) as refused:
                await second.do(ask.AskReport(digest=digest), reported.ReportReady)
            assert refused.value.code == "CH117"

    asyncio.run(story())
