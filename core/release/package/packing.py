"""Which files go into a package, for whom.

Everything that the manifest lists, the plan, the signatures and the data card always go. Other
forms of the table, the external report and, inside the hospital only, its own report are chosen.
What a recipe adds to a release stands in its manifest and so comes along by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import PlanError
from core.model.plan import Plan
from core.release.export import MANIFEST, TABLE, load_release_files
from core.release.forms import Form, form_bytes
from core.release.manifest import sha256
from core.release.package.contents import Contents, Recipient
from core.release.pages.documents import data_card
from core.release.pages.html import html_of
from core.release.pages.released import ReleasedReport
from core.release.signing import Signatures

PLAN, SIGNATURES = "plan.json", "signatures.json"
DIFFERENCES = "differential-expression.csv"
CO_EXPRESSION = "co-expression.csv"
CARD, CARD_PAGE = "data-card.md", "data-card.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the requester wants to hand on, and to whom.

    Attributes:
        forms: Of the table, besides CSV.
        report: Whether the external report goes along.
        local: Files of the hospital's own report; only inside the hospital.
        recipient: Inside or outside.
        to: Who gets it, as typed.
        released_by: Name of this hospital.

    Raises:
        PlanError: PL231 for a local report that would leave the hospital.
    """

    forms: tuple[Form, ...]
    report: bool
    local: Mapping[str, bytes]
    recipient: Recipient
    to: str
    released_by: str

    def __post_init__(self) -> None:
        """Refuse to let local numbers out."""
        if self.local and self.recipient is not Recipient.INSIDE:
            raise PlanError("PL231")


def pack(
    plan: Plan,
    release: Mapping[str, bytes],
    report: ReleasedReport,
    signatures: Signatures,
    wish: Wish,
) -> tuple[dict[str, bytes], Contents]:
    """Return the files of a package and their list.

    Args:
        plan: The study's plan.
        release: The release folder's files.
        report: What is public about it.
        signatures: What has come together.
        wish: What goes, and to whom.

    Raises:
        WorkerError: WO606 if the release is not what its manifest says.
    """
    from core.release.pages.writing import external_files  # noqa: PLC0415 - matplotlib loads only when pages are written

    cohort, manifest, listed = load_release_files(release)
    files = {name: release[name] for name in listed}
    files[MANIFEST] = release[MANIFEST]
    files[PLAN] = plan.canonical_bytes()
    if signatures.certificates:
        files[SIGNATURES] = signatures.to_bytes()
    files[CARD_PAGE] = html_of(data_card(report))
    for form in wish.forms:
        files[f"{TABLE.removesuffix('.csv')}.{form.value}"] = form_bytes(form, cohort, manifest)
    if wish.report:
        files |= external_files(report)
    files |= wish.local
    contents = Contents.of(
        files,
        plan=plan.digest,
        manifest=sha256(release[MANIFEST]),
        released_by=wish.released_by,
        recipient=wish.recipient,
        to=wish.to,
    )
    return files, contents
