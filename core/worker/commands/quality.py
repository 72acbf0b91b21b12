"""``syncohort-cli quality``: judge a synthetic cohort of any origin against real patients."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from core.errors import CohortError, PlanError
from core.model.gene_names import canonical
from core.model.quality import QualityReport
from core.quality.pathways import GeneSet, gene_sets
from core.release.judged import Judged, judged_files
from core.release.pages.measure_words import remark_words
from core.release.writing import write_folder
from core.worker.commands.quality_files import Compared, Files, gathered

_STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "genes": "Comparing gene by gene",
        "correlations": "Comparing pairs of genes",
        "jointly": "Comparing whole patients",
        "discriminator": "Telling synthetic from real patients",
        "utility": "Training models on synthetic and on real patients",
        "biology": "Looking for disease genes",
        "pathways": "Comparing sets of genes",
        "closeness": "Looking for copies",
        "attacks": "Guessing who took part",
        "pictures": "Preparing the pictures",
        "done": "Compared",
    }
)


def add_quality(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("--real", required=True, type=Path, metavar="FILE", help="patients it was made with")
    add(
        "--real-test",
        required=True,
        type=Path,
        metavar="FILE",
        help="patients it has never seen: the judges",
    )
    add(
        "--synthetic",
        required=True,
        type=Path,
        metavar="FILE",
        help="the synthetic cohort, made by any software",
    )
    add("--label", required=True, metavar="COLUMN", help="the diagnosis, in all three files")
    add("--ignore", action="append", default=[], metavar="COLUMN", help="neither gene nor label")
    add("--gmt", type=Path, metavar="FILE", help="sets of genes to compare, in the GMT format")
    add("--out", required=True, type=Path, metavar="DIR", help="gets the report; must be empty")


async def run_quality(arguments: argparse.Namespace) -> int:
    """Compare, write the report and return the exit status 0.

    Reveals:
        Nothing: everything stays on this computer; the report holds exact numbers of real
        patients and says so.

    Raises:
        SynCohortError: What is wrong; then nothing is written.
    """
    started = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - started:6.1f} s] {line}\n")
        sys.stderr.flush()

    if arguments.out.exists() and (not arguments.out.is_dir() or any(arguments.out.iterdir())):
        raise PlanError("PL210", folder=arguments.out.name)
    stop = threading.Event()
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    files = Files(
        real=arguments.real,
        real_test=arguments.real_test,
        synthetic=arguments.synthetic,
        label=arguments.label,
        ignored=tuple(arguments.ignore),
    )
    judged = await asyncio.to_thread(_judged, files, arguments.gmt, stop, say)
    await asyncio.to_thread(write_folder, arguments.out, judged_files(judged))
    say(f"The report is in {arguments.out}; it holds numbers of real patients: keep it with them")
    return 0


def _judged(
    files: Files, gmt: Path | None, stop: threading.Event, say: Callable[[str], None]
) -> Judged:
    from core.quality.evaluate import Extras, evaluate  # noqa: PLC0415 (scikit-learn loads here)

    sets = _gene_sets(gmt) if gmt is not None else ()
    say("Reading the files")
    compared = gathered(files, stop.is_set)
    report = evaluate(
        compared.train,
        compared.holdout,
        compared.synthetic,
        extras=Extras(gene_sets=sets, remarks=compared.remarks),
        progress=lambda step, done, total: say(f"{done}/{total} {_STEPS.get(step, step)}"),
        stop=stop.is_set,
    )
    for remark in report.remarks:
        say(remark_words(remark.key, remark.count, remark.names))
    return _about(files, compared, report)


def _about(files: Files, compared: Compared, report: QualityReport) -> Judged:
    names = {
        "real": files.real.name,
        "real_test": files.real_test.name,
        "synthetic": files.synthetic.name,
    }
    return Judged(
        files=tuple((role, names[role], sha256) for role, sha256 in compared.sha256),
        label=files.label,
        n_genes=len(compared.synthetic.genes),
        report=report,
    )


def _gene_sets(path: Path) -> tuple[GeneSet, ...]:
    """Read a GMT file, its genes under the names that hospitals compare."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise CohortError("CH101", file=path.name) from None
    return tuple(
        replace(s, genes=tuple(canonical(g) for g in s.genes)) for s in gene_sets(text, path.name)
    )
