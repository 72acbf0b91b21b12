"""Row 28 and the processes themselves: foreign code, last words, files of others."""

import asyncio
import csv
import dataclasses
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from core.cohort.inspection import inspect, named_layout
from core.cohort.reading import read
from core.errors import CohortError, PlanError
from core.study.drafting import Seat
from core.worker.hospital import version
from core.worker.local.local_study import require_different_files
from core.worker.local.member import PartnerMember
from tests.privacy_rows.conftest import rows_of, write_cohort

ROOT = Path(__file__).resolve().parents[2]


def python(code, *arguments, **more):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
        **more,
    )


def test_a_package_beside_the_cohort_is_never_run(tmp_path, monkeypatch):
    for folder in ("core", "core/worker", "numpy"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("open('RUN', 'w')")
    (tmp_path / "core" / "worker" / "__main__.py").write_text("open('RUN', 'w')")
    (tmp_path / "json.py").write_text("open('RUN', 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([".", ""]))

    async def start():
        member = PartnerMember(
            Seat(name="A", has_cohort=True), tmp_path / "home", lambda name, event: None
        )
        await member.open(version())
        try:
            await member.prepare()  # its run worker, too
        finally:
            await member.close()

    asyncio.run(start())
    assert not (tmp_path / "RUN").exists()


def test_nothing_that_python_prints_by_itself_holds_a_value():
    done = python(
        """
        import asyncio, gc, logging, threading, warnings
        from core.worker.redaction import guard_process
        guard_process()
        warnings.warn("column CANARY has mixed types")
        logging.getLogger("pandas").error("could not convert %s", "CANARY")
        threading.Thread(target=lambda: float("CANARY")).start()

        class Last:
            def __del__(self):
                float("CANARY")

        del_me = Last()
        del del_me

        async def forgotten():
            async def fails():
                float("CANARY")
            task = asyncio.create_task(fails())
            await asyncio.sleep(0.01)
            del task
            gc.collect()

        asyncio.run(forgotten())
        float("CANARY")
        """
    )
    assert done.returncode == 1
    assert "CANARY" not in done.stderr + done.stdout
    assert done.stderr.count("ValueError") >= 3


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits and signals")
def test_a_worker_leaves_no_memory_dump_and_outlives_ctrl_c():
    done = python(
        """
        import os, resource, signal
        from core.worker.redaction import guard_process
        guard_process()
        os.kill(os.getpid(), signal.SIGINT)
        print(resource.getrlimit(resource.RLIMIT_CORE))
        """
    )
    assert done.stdout.strip() == "(0, 0)", done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_normalised_patients_are_readable_by_their_owner_only(tmp_path, plan):
    (tmp_path / "plan.json").write_bytes(plan.canonical_bytes())
    cohort = write_cohort(tmp_path / "cohort.csv", rows_of(20))
    out = tmp_path / "out.csv"
    done = python(
        "import sys; from core.cli import main; sys.exit(main())",
        *("normalise", "--plan", tmp_path / "plan.json", cohort, out),
    )
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_foreign_error_ends_the_command_line_without_its_text(tmp_path, plan):
    done = python(
        """
        import sys
        from core import cli
        def broken(*_):
            raise ValueError("cell CANARY")
        cli.normalise_file = broken
        sys.exit(cli.main())
        """,
        *("normalise", "--plan", write_plan(tmp_path, plan), tmp_path / "a", tmp_path / "b"),
    )
    assert done.returncode == 1
    assert "IN902" in done.stderr
    assert "CANARY" not in done.stderr


def write_plan(folder, plan):
    path = folder / "plan.json"
    path.write_bytes(plan.canonical_bytes())
    return path


def test_one_file_in_the_place_of_two_hospitals_is_refused(tmp_path):
    one = write_cohort(tmp_path / "one.csv", rows_of(20))
    other = write_cohort(tmp_path / "other.csv", rows_of(21))
    require_different_files([one, other])
    copy = write_cohort(tmp_path / "copy.csv", rows_of(20))
    link = tmp_path / "link.csv"
    link.symlink_to(one)
    for twin in (copy, link, one):
        with pytest.raises(PlanError, match="half the promised protection"):
            require_different_files([other, one, twin])


@pytest.mark.parametrize("turned", [False, True])
def test_no_patient_code_is_offered_as_a_column(tmp_path, turned):
    """A table whose direction is mistaken has patient codes where headings are expected."""
    rng = np.random.default_rng(0)
    table = [["id", *(f"CANARY{i}" for i in range(30))]]
    table += [[f"row {g}", *rng.normal(5, 2, 30).round(3).tolist()] for g in range(40)]
    if turned:
        table = [list(row) for row in zip(*table, strict=True)]
    path = tmp_path / "cohort.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(table)
    with pytest.raises(CohortError, match="CH104") as refused:
        named_layout(path, label="subtype")
    assert "CANARY" not in str(refused.value)
    layout, _ = inspect(path)
    for transposed in (False, True):
        other = dataclasses.replace(layout, transposed=transposed, label="subtype")
        with pytest.raises(CohortError) as refused:
            read(path, other)
        assert "CANARY" not in str(refused.value)


CLI = "import sys; from core.cli import main; sys.exit(main())"


@pytest.mark.parametrize(
    "names",
    [
        ("..csv", "b.csv", "c.csv"),
        (" .csv", "b.csv", "c.csv"),
        ("a.csv", "A.csv", "c.csv"),
        ("Zo\u00eb.csv", "Zoe\u0308.csv", "c.csv"),
        ("a\nb.csv", "b.csv", "c.csv"),
        ("Compute-Partner.csv", "b.csv", "c.csv"),
        ("a\\b.csv", "b.csv", "c.csv"),
    ],
)
def test_file_names_that_give_no_folder_are_refused(tmp_path, names):
    files = [write_cohort(tmp_path / name, rows_of(20 + k)) for k, name in enumerate(names)]
    words = [w for f in files for w in ("--cohort", str(f))]
    out = tmp_path / "out"
    done = python(CLI, "rehearse", *words, "--label", "subtype", "--out", out, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "PL201" in done.stderr or "PL205" in done.stderr
    assert not out.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_ends_a_study_in_order(tmp_path):
    files = [write_cohort(tmp_path / f"{k}.csv", rows_of(30, k)) for k in range(3)]
    words = [str(w) for f in files for w in ("--cohort", f)]
    more = ["--label", "subtype", "--out", str(tmp_path / "out"), "--noise-bits", "400"]
    running = subprocess.Popen(
        [sys.executable, "-c", CLI, "rehearse", *words, *more],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    said = []
    for line in running.stderr:
        said.append(line)
        if "Noise family" in line:
            break
    os.killpg(running.pid, signal.SIGINT)
    _, rest = running.communicate(timeout=60)
    assert running.returncode == 3, rest
    assert "Traceback" not in rest
    assert "KeyboardInterrupt" not in rest


def test_a_cohort_is_never_overwritten_by_its_own_normalisation(tmp_path, plan):
    cohort = write_cohort(tmp_path / "cohort.csv", rows_of(20))
    before = cohort.read_bytes()
    plan_file = write_plan(tmp_path, plan)
    done = python(CLI, "normalise", "--plan", plan_file, cohort, cohort)
    assert done.returncode == 2
    assert "WO605" in done.stderr
    assert cohort.read_bytes() == before
