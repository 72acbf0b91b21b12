"""Where a hospital keeps what its studies released: writing, finding again, exporting."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from core.errors import InternalError, WorkerError
from core.model.budget import CapState
from core.model.evaluation import JointScores
from core.model.plan import Plan
from core.model.quality import QualityReport
from core.model.release import Release, StageAccount, SyntheticCohort
from core.release.differences import differences_bytes
from core.release.export import EXPRESSION, ExportFormat, export, load_release
from core.release.manifest import manifest_bytes
from core.release.report import report_bytes
from core.release.table import log2_bytes
from core.release.writing import write_file, write_folder
from core.synthesis.registry import recipe_called
from core.worker.home import Home, write_atomically
from core.worker.runs.participation import Outcome

FOLDER = "release"
TABLE, MANIFEST, REPORT, RUN = "synthetic.csv", "manifest.json", "report.json", "run.json"
DIFFERENCES = "differential-expression.csv"
NOTICE = "WHAT-MAY-LEAVE.txt"
NOTICE_TEXT = f"""{TABLE}, {MANIFEST} and, if they are there, {EXPRESSION} and
{DIFFERENCES} are the release: they are covered by the privacy
guarantee that the manifest states, and are the same at every hospital.

{REPORT}, once it is there, was computed from this hospital's real patients. It is NOT covered
by the guarantee and must stay in this hospital. The application's export leaves it out.
"""


class ReleaseShelf:
    """The releases of one hospital. Invariant: a release is never overwritten."""

    def __init__(self, home: Home) -> None:
        """Look into this home."""
        self._home = home
        self._releases: dict[str, Release] = {}

    def keep(self, plan: Plan, outcome: Outcome) -> None:
        """Write the released table and its manifest; the same release may be written again.

        Raises:
            PlanError: PL210 if another release is already there.
            WorkerError: WO603 if the disk refuses.
        """
        files = {TABLE: outcome.table}
        found = recipe_called(plan.recipe).differences(plan, outcome.measurements)
        if found is not None:
            files[DIFFERENCES] = differences_bytes(found)
        release = outcome.release
        if outcome.cohort.levels is not None:
            files[EXPRESSION] = log2_bytes(outcome.cohort)
        files[MANIFEST] = manifest_bytes(plan, outcome.measurements, release.n_records, files)
        files[NOTICE] = NOTICE_TEXT.encode()
        if not self._holds(plan.digest, files):
            write_folder(self._folder(plan.digest), files)
        self._releases[plan.digest] = release
        if not self._home.rehearsal:
            content = json.dumps(asdict(release), indent=1).encode()
            write_atomically(self._home.study(plan.digest) / RUN, content)

    def _holds(self, digest: str, files: dict[str, bytes]) -> bool:
        """Tell whether exactly these files are there already, from a run that ended after them."""
        folder = self._folder(digest)
        try:
            return all((folder / name).read_bytes() == files[name] for name in files)
        except OSError:
            return False

    def release(self, digest: str) -> Release:
        """Return what a finished study released.

        Raises:
            WorkerError: WO606 if it is not there or damaged.
        """
        if digest in self._releases:
            return self._releases[digest]
        try:
            tree = json.loads((self._home.study(digest) / RUN).read_bytes())
            tree["stages"] = tuple(StageAccount(**stage) for stage in tree["stages"])
            if tree.get("joint") is not None:
                tree["joint"] = JointScores.from_tree(tree["joint"])
            release = Release(**tree)
        except (OSError, ValueError, TypeError, KeyError, InternalError):
            raise WorkerError("WO606", file=RUN, reason="it is missing or damaged") from None
        self._releases[digest] = release
        return release

    def synthetic(self, digest: str) -> SyntheticCohort:
        """Return the released cohort, checked against its manifest."""
        cohort, _ = load_release(self._folder(digest))
        return cohort

    def keep_report(self, plan: Plan, quality: QualityReport | None, cap: CapState | None) -> None:
        """Write this hospital's own report, once; it stays here.

        Raises:
            WorkerError: WO603 if the disk refuses.
        """
        target = self._folder(plan.digest) / REPORT
        if not target.exists():
            write_file(target, report_bytes(plan, self.release(plan.digest), quality, cap))

    def export(self, plan: Plan, target: Path, formats: tuple[str, ...]) -> tuple[str, ...]:
        """Write copies for others, each with the manifest beside it; return the file names.

        Raises:
            WorkerError: WO603 or WO606; WO604 for an unknown format.
            PlanError: PL210 if a file is already there.
        """
        known = {f.value for f in ExportFormat}
        if not formats or set(formats) - known:
            raise WorkerError(
                "WO604", step="export", reason="choose CSV, log2 CSV, Parquet or h5ad"
            )
        written: list[str] = []
        for name in formats:
            file = target / f"synthetic-{plan.digest[:8]}.{name}"
            written += [
                p.name for p in export(self._folder(plan.digest), file, ExportFormat(name))
            ]
        return tuple(dict.fromkeys(written))

    def _folder(self, digest: str) -> Path:
        return self._home.study(digest) / FOLDER
