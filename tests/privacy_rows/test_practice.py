"""Row 21 and section 8.2: practising touches no real cap and hides no spend on real patients."""

import asyncio

import pytest

from core.errors import PlanError, WorkerError
from core.messages.commands import PrepareDemonstration
from core.worker.home import Home
from core.worker.local.demonstration import Demonstration, practice_panel


def asked(cohort_id, *files, n_genes=None, **more):
    return PrepareDemonstration(
        cohort_id=cohort_id,
        title="A test",
        partner_files=tuple(map(str, files)),
        compute_partner=False,
        n_genes=n_genes,
        n_records=None,
        epsilon=1.0,
        delta=1e-6,
        **more,
    )


def practise(one, cohort_id, *files, **more):
    desk = Demonstration(
        home=one.home,
        cohorts=one.cohorts,
        runs=one.desk,
        emit=one.events.append,
        version="0",
    )
    try:
        asyncio.run(desk.prepare(asked(cohort_id, *files, **more), "North"))
    finally:
        asyncio.run(desk.leave())


def test_a_registered_cohort_cannot_take_part_uncharged(hospital, cohort_file):
    one = hospital()
    own = one.open(cohort_file(30, "own.csv", seed=1))
    other = cohort_file(31, "other.csv", seed=2)
    third = cohort_file(32, "third.csv", seed=3)
    one.open(other)
    with pytest.raises(PlanError, match="cap would not be charged"):
        practise(one, own, other, third)


def test_the_own_file_is_no_partner(hospital, cohort_file):
    one = hospital()
    file = cohort_file()
    with pytest.raises(PlanError, match="half the promised protection"):
        practise(one, one.open(file), file, cohort_file(31, "third.csv", seed=3))


def test_nothing_is_prepared_while_a_run_is_under_way(hospital, cohort_file):
    one = hospital()
    file = cohort_file()
    cohort_id = one.open(file)
    one.desk._idle.clear()
    with pytest.raises(WorkerError, match="a run is under way"):
        practise(one, cohort_id, file)


def test_practising_again_forgets_the_old_practice_and_nothing_else(hospital, cohort_file):
    one = hospital()
    own = one.open(cohort_file())
    kept = one.home.partner("1", "aa", practice=False)
    kept.mkdir(parents=True)
    first = one.cohorts.open_example(lambda e: None).cohort.cohort_id
    second = one.cohorts.open_example(lambda e: None).cohort.cohort_id
    assert {c.cohort_id for c in one.cohorts.listed().cohorts} == {own, second}
    with pytest.raises(WorkerError, match="WO604"):
        one.cohorts.opened(first)
    assert kept.exists()


def test_homes_of_simulated_partners_lie_with_the_practice(tmp_path):
    home = Home(tmp_path, rehearsal=False)
    assert home.practice_ledger.parent in home.partner("1", "aa", practice=True).parents
    assert home.practice_ledger.parent not in home.partner("1", "aa", practice=False).parents


def test_a_list_of_genes_is_kept_and_one_that_a_file_lacks_is_named():
    common = ("TP53", "MPO", "CD19")
    ask = asked("c", genes=("CD19", "TP53"))
    assert practice_panel(ask, common, None) == ("CD19", "TP53")
    assert practice_panel(asked("c", n_genes=2), common, None) == common[:2]
    with pytest.raises(PlanError, match=r"1 are not in the file of every hospital.*NOBODY"):
        practice_panel(asked("c", genes=("CD19", "NOBODY")), common, None)
