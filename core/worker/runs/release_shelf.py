"""Where a hospital keeps what its studies released: writing, finding again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from core.errors import InternalError, WorkerError
from core.model.budget import CapState
from core.model.evaluation import JointScores
from core.model.measurement import Measurement
from core.model.plan import Plan
from core.model.quality import QualityReport
from core.model.release import Release, StageAccount, SyntheticCohort
from core.model.selection import Selection
from core.network.installation import verify
from core.release.coexpression import co_expression_bytes
from core.release.differences import differences_bytes
from core.release.export import (
    EXPRESSION,
    MANIFEST,
    TABLE,
    load_release,
)
from core.release.manifest import manifest_bytes, sha256
from core.release.package.packing import CARD, CO_EXPRESSION, DIFFERENCES, PLAN, SIGNATURES
from core.release.package.reading import class_counts, released_report
from core.release.pages.documents import data_card
from core.release.pages.markdown import markdown_of
from core.release.pages.names import HTML, INTERNAL_PDF, PDF
from core.release.pages.released import ReleasedReport
from core.release.report import report_bytes
from core.release.signing import Signatures
from core.release.table import log2_bytes
from core.release.writing import write_file, write_folder
from core.synthesis.settings import Setting, setting_of
from core.worker.home import Home, write_atomically
from core.worker.runs.participation import Outcome
from core.worker.runs.run_record import FILE as RECORD
from core.worker.runs.run_record import opened_in

FOLDER, LOCAL_FOLDER = "release", "local-report"
REPORT, RUN = "report.json", "run.json"
NOTICE = "WHAT-MAY-LEAVE.txt"
NOTICE_TEXT = f"""{MANIFEST} and every file that it lists are the release: they are covered by the
privacy guarantee that the manifest states, and are the same at every hospital. {PLAN},
{SIGNATURES}, {HTML} and {PDF}, as far as they are there, hold public facts and released numbers
only and may go with it.

{REPORT}, once it is there, and the folder {LOCAL_FOLDER} beside this one were computed from this
hospital's real patients. They are NOT covered by the guarantee and must stay in this hospital. A
release that is made in the application leaves them out for everybody outside.
"""


class ReleaseShelf:
    """The releases of one hospital. Invariant: a release is never overwritten."""

    def __init__(self, home: Home) -> None:
        """Look into this home."""
        self._home = home
        self._releases: dict[str, Release] = {}
        self._measurements: dict[str, tuple[Measurement, ...]] = {}

    def keep(self, plan: Plan, outcome: Outcome) -> None:
        """Write the released table and its manifest; the same release may be written again.

        Raises:
            PlanError: PL210 if another release is already there.
            WorkerError: WO603 if the disk refuses.
        """
        release = outcome.release
        files = {TABLE: outcome.table}
        setting = outcome.setting
        recipe, made_from = setting.recipe, setting.understood(outcome.measurements)
        found = recipe.differences(setting.plan, made_from)
        if found is not None:
            files[DIFFERENCES] = differences_bytes(found)
        pairs = recipe.co_expression(setting.plan, made_from)
        if pairs is not None:
            files[CO_EXPRESSION] = co_expression_bytes(pairs)
        if outcome.cohort.levels is not None:
            files[EXPRESSION] = log2_bytes(outcome.cohort)
        files[CARD] = _card(plan, outcome)
        files[MANIFEST] = manifest_bytes(
            plan,
            outcome.measurements,
            release.n_records,
            files,
            release.joint,
            release.selection,
        )
        files[PLAN] = plan.canonical_bytes()
        files[NOTICE] = NOTICE_TEXT.encode()
        if not self._holds(plan.digest, files):
            write_folder(self._folder(plan.digest), files)
        self._releases[plan.digest] = release
        self._measurements[plan.digest] = outcome.measurements
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

    def reported(self, digest: str) -> bool:
        """Tell whether the release was compared with this hospital's own patients: who decides
        about it after that may decide by them.
        """
        return (self._folder(digest) / REPORT).is_file()

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
            if tree.get("selection") is not None:
                tree["selection"] = Selection.from_tree(tree["selection"])
            release = Release(**tree)
        except (OSError, ValueError, TypeError, KeyError, InternalError):
            raise WorkerError("WO606", file=RUN, reason="it is missing or damaged") from None
        self._releases[digest] = release
        return release

    def setting(self, plan: Plan) -> Setting:
        """Return with which of the plan's settings its release was made.

        Raises:
            WorkerError: WO606 if there is no release here, or it is damaged.
        """
        selection = self.release(plan.digest).selection if plan.candidates else None
        return setting_of(plan, selection.letter if selection else "")

    def measurements(self, plan: Plan) -> tuple[Measurement, ...]:
        """Return what the study opened: from this run, or from its record; none if it is gone."""
        kept = self._measurements.get(plan.digest)
        return kept or opened_in(self._home.study(plan.digest) / RECORD, plan)

    def synthetic(self, digest: str) -> SyntheticCohort:
        """Return the released cohort, checked against its manifest."""
        cohort, _ = load_release(self._folder(digest))
        return cohort

    def files(self, digest: str) -> dict[str, bytes]:
        """Return the public files of a release by name.

        Raises:
            WorkerError: WO606 if it is not there.
        """
        folder = self._folder(digest)
        try:
            return {
                p.name: p.read_bytes()
                for p in sorted(folder.iterdir())
                if p.is_file() and p.name not in {REPORT, NOTICE}
            }
        except OSError:
            raise WorkerError("WO606", file=MANIFEST, reason="it is missing") from None

    def manifest(self, digest: str) -> str:
        """Return the SHA-256 of a release's manifest; empty if there is no release here."""
        try:
            return sha256((self._folder(digest) / MANIFEST).read_bytes())
        except OSError:
            return ""

    def signatures(self, digest: str) -> Signatures:
        """Return the signatures that are held here.

        Raises:
            WorkerError: WO606 if their file was changed.
        """
        for path in self._signature_files(digest):
            if path.is_file():
                try:
                    return Signatures.from_bytes(path.read_bytes())
                except (OSError, ValueError):
                    raise WorkerError("WO606", file=path.name, reason="it is damaged") from None
        return Signatures(certificates={})

    def keep_signatures(self, digest: str, signatures: Signatures) -> None:
        """Keep what has come together: beside the release, and before there is one, beside the
        plan.

        Raises:
            WorkerError: WO603 if the disk refuses.
        """
        inside, outside = self._signature_files(digest)
        write_atomically(inside if inside.parent.is_dir() else outside, signatures.to_bytes())

    def _signature_files(self, digest: str) -> tuple[Path, Path]:
        return self._folder(digest) / SIGNATURES, self._home.study(digest) / SIGNATURES

    def released(self, plan: Plan) -> ReleasedReport:
        """Return what is public about a release.

        Raises:
            WorkerError: WO606 if it is not there or was changed.
        """
        return released_report(plan, self.files(plan.digest), verify)

    def keep_external(self, plan: Plan) -> None:
        """Write the report for everybody, once.

        Raises:
            WorkerError: WO603 if the disk refuses, WO606 if the release was changed.
        """
        from core.release.pages.writing import external_files  # noqa: PLC0415 - matplotlib loads only when pages are written

        folder = self._folder(plan.digest)
        if not (folder / PDF).exists():
            self._write_new(folder, external_files(self.released(plan)))

    def keep_report(self, plan: Plan, quality: QualityReport | None, cap: CapState | None) -> None:
        """Write this hospital's own report, once; it stays here.

        Raises:
            WorkerError: WO603 if the disk refuses.
        """
        from core.release.pages.local import LocalReport  # noqa: PLC0415 - see keep_external
        from core.release.pages.writing import internal_files  # noqa: PLC0415 - see keep_external

        target = self._folder(plan.digest) / REPORT
        if not target.exists():
            write_file(target, report_bytes(plan, self.release(plan.digest), quality, cap))
        folder = self._local(plan.digest)
        if not (folder / INTERNAL_PDF).exists():
            local = LocalReport(released=self.released(plan), quality=quality, cap=cap)
            self._write_new(folder, internal_files(local))

    def local_files(self, digest: str) -> dict[str, bytes]:
        """Return the hospital's own report by name; empty before it was made. LocalView."""
        folder = self._local(digest)
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return {p.name: p.read_bytes() for p in found if p.is_file()}

    def _write_new(self, folder: Path, files: dict[str, bytes]) -> None:
        """Write what is not there yet, each file complete or not at all."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise WorkerError("WO603", file=folder.name, reason="the disk refused") from None
        for name, content in files.items():
            if not (folder / name).exists():
                write_file(folder / name, content)

    def _folder(self, digest: str) -> Path:
        return self._home.study(digest) / FOLDER

    def _local(self, digest: str) -> Path:
        return self._home.study(digest) / LOCAL_FOLDER


def _card(plan: Plan, outcome: Outcome) -> bytes:
    """Return the data card, the same at every hospital."""
    release = outcome.release
    return markdown_of(
        data_card(
            ReleasedReport(
                plan=plan,
                measurements_digest=release.measurements_digest,
                synthetic_sha256=release.synthetic_sha256,
                class_counts=class_counts(outcome.cohort),
                joint=release.joint,
                selection=release.selection,
            )
        )
    )
