"""What ``syncohort-cli quality`` writes about a synthetic cohort of any origin. LocalView.

There is no plan, no budget and no release here: every number was computed on real patients, and
the files stay with whoever may see those.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import core
from core.model.quality import QualityReport
from core.release.manifest import readable
from core.release.pages.names import HTML, INTERNAL_HTML, INTERNAL_PDF, PDF

JUDGED_VERSION: Final = 1
JSON: Final = "report.json"
_NOTE: Final = (
    "Computed on real patients, without a privacy guarantee: keep it where they are. "
    "A decision to publish made after reading it is a release of its own."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was judged. LocalView.

    Attributes:
        files: Role, file name and SHA-256 of each file.
        label: Column with the diagnosis.
        n_genes: Genes that all files have.
        report: The numbers.
    """

    files: tuple[tuple[str, str, str], ...]
    label: str
    n_genes: int
    report: QualityReport


def judged_files(judged: Judged) -> dict[str, bytes]:
    """Return the files to write, by name.

    Reveals:
        Nothing: LocalView. The files stay with the real patients; the note in them says so.
    """
    from core.release.pages.local import LocalReport  # noqa: PLC0415 - draws: only where it is
    from core.release.pages.writing import internal_files  # noqa: PLC0415

    name = next(name for role, name, _ in judged.files if role == "synthetic")
    pages = internal_files(LocalReport(released=None, quality=judged.report, name=name))
    return {
        JSON: judged_bytes(judged),
        HTML: pages[INTERNAL_HTML],
        PDF: pages[INTERNAL_PDF],
    }


def judged_bytes(judged: Judged) -> bytes:
    """Return ``report.json``.

    Reveals:
        Nothing: LocalView.
    """
    return readable(
        {
            "format": "syncohort-quality",
            "format_version": JUDGED_VERSION,
            "application": {"name": "SynCohort", "version": core.__version__},
            "note": _NOTE,
            "files": {
                role: {"name": name, "sha256": sha256} for role, name, sha256 in judged.files
            },
            "label": judged.label,
            "n_genes": judged.n_genes,
            "measures": [asdict(m) for m in judged.report.all_measures()],
            "report": asdict(judged.report),
        }
    )
