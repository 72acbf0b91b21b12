"""Gene names: their kind, what a spreadsheet did to them, and what only looks like one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from core.model.cohort import GeneNaming
from core.model.gene_names import ENSEMBL, canonical

_ENTREZ: Final = re.compile(r"^[1-9]\d{0,8}$")
_NUMBERED: Final = re.compile(
    r"^(?:v|x|g|gene|feature|feat|col|column|var|probe)[_.-]?\d+$", re.IGNORECASE
)
_PROBE: Final = re.compile(r"_at$|^ILMN_\d+$|^A_\d\d_P\d+$", re.IGNORECASE)
_SYMBOL: Final = re.compile(r"^[A-Za-z][A-Za-z0-9._@/-]*$")

_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|mär(?:z)?|mrz|apr(?:il)?|may|mai|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|dez(?:ember)?)"
)
_DATE: Final = re.compile(
    rf"^(?:\d{{1,4}}(?:\. ?|[-/ ]){_MONTH}(?:[-/ ]\d{{2,4}})?"
    rf"|{_MONTH}[-/ ]\d{{1,4}}"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|\d(?:[.,]\d+)?E\+\d{1,2})$",
    re.IGNORECASE,
)
_DATE_PRONE: Final = re.compile(r"^(?:SEPT?\d{1,2}|MARCH\d{1,2}|MARC\d|DEC1|OCT4)$", re.IGNORECASE)

_CLINICAL: Final = frozenset(
    [
        "age",
        "sex",
        "gender",
        "race",
        "ethnicity",
        "stage",
        "grade",
        "batch",
        "site",
        "center",
        "centre",
        "hospital",
        "date",
        "year",
        "bmi",
        "weight",
        "height",
        "smoking",
        "smoker",
        "days",
        "months",
        "time",
        "survival",
        "followup",
        "event",
        "vital",
        "status",
        "death",
        "dead",
        "alive",
        "os",
        "pfs",
        "dfs",
        "rfs",
        "relapse",
        "recurrence",
        "treatment",
        "treated",
        "therapy",
        "response",
        "plate",
        "lane",
        "library",
        "split",
        "train",
        "outcome",
        "diagnosis",
        "diagnosed",
        "subtype",
        "class",
        "label",
        "tss",
        "purity",
        "index",
        "patient",
        "sample",
        "barcode",
    ]
)
#: Rows that counting programs append to their tables: not genes, not part of a library.
_COUNTER_ROWS: Final = re.compile(
    r"^(?:__(?:no_feature|ambiguous|too_low_aQual|not_aligned|alignment_not_unique)"
    r"|N_(?:unmapped|multimapping|noFeature|ambiguous))$"
)
#: Genes that nearly every expression table has: they tell which side of a table the genes are on.
_WELL_KNOWN: Final = frozenset(
    [
        "ACTB",
        "GAPDH",
        "TP53",
        "EGFR",
        "MYC",
        "ESR1",
        "ERBB2",
        "KRAS",
        "BRCA1",
        "BRCA2",
        "CD19",
        "CD34",
        "MKI67",
        "B2M",
        "STAT1",
        "CCNB1",
        "AURKA",
        "FOXA1",
        "PTEN",
        "RB1",
        "VEGFA",
        "TNF",
        "IL6",
        "CD4",
        "CD8A",
        "CD3E",
        "LYZ",
        "MPO",
        "KIT",
        "FLT3",
        "TOP2A",
        "PCNA",
        "HPRT1",
        "TBP",
        "CDK1",
        "BCL2",
        "GATA3",
        "JUN",
        "FOS",
        "AKT1",
        "CDKN2A",
        "NOTCH1",
        "SOX2",
        "KRT5",
        "KRT18",
        "CDH1",
        "VIM",
        "COL1A1",
        "CXCL8",
        "HBB",
    ]
)


def is_date(name: str) -> bool:
    """Whether a spreadsheet turned this name into a date or a power of ten.

    >>> [is_date(n) for n in ("1-Mar", "Sep-02", "2.Dez", "2001-03-01", "2.31E+13")]
    [True, True, True, True, True]
    >>> [is_date(n) for n in ("SEPT2", "MARCH1", "HLA-A", "7157", "MARS2", "NKX2-5")]
    [False, False, False, False, False, False]
    """
    return bool(_DATE.match(name.strip()))


def is_date_prone(name: str) -> bool:
    """Whether this is an old symbol that a spreadsheet turns into a date (SEPT2, MARCH1)."""
    return bool(_DATE_PRONE.match(name))


def is_counter_row(name: str) -> bool:
    """Whether a counting program made this entry (``__no_feature``, ``N_unmapped``)."""
    return bool(_COUNTER_ROWS.match(name))


def is_clinical(name: str) -> bool:
    """Whether a heading speaks of the patient, not of a gene.

    All-capital single words are genes first: AGE and SEX are not taken for headings then, age and
    Sex are.

    >>> [is_clinical(n) for n in ("age_at_diagnosis", "Sex", "TP53", "STAT1", "Unnamed: 0")]
    [True, True, False, False, True]
    """
    if name.startswith("Unnamed: "):
        return True
    words = [w for w in re.split(r"[\W_]+", name.lower()) if w]
    return any(w in _CLINICAL for w in words) and (len(words) > 1 or not name.isupper())


def naming_of(names: Sequence[str]) -> GeneNaming:
    """Return the kind of gene name that at least four in five carry, else OTHER.

    >>> naming_of(["ENSG00000141510.17"]).value, naming_of(["1", "29974"]).value
    ('ensembl', 'entrez')
    >>> naming_of(["TP53", "HLA-A"]).value, naming_of(["V1", "V2"]).value
    ('symbol', 'other')
    """
    kinds = Counter(_kind(n.strip()) for n in names)
    kind, count = kinds.most_common(1)[0] if kinds else (GeneNaming.OTHER, 0)
    return kind if count >= 0.8 * len(names) else GeneNaming.OTHER


def _kind(name: str) -> GeneNaming:
    if ENSEMBL.match(name):
        return GeneNaming.ENSEMBL
    if _ENTREZ.match(name):
        return GeneNaming.ENTREZ
    if _NUMBERED.match(name) or _PROBE.search(name) or not _SYMBOL.match(name):
        return GeneNaming.OTHER
    return GeneNaming.SYMBOL


def likeness(names: Sequence[str]) -> float:
    """Return how much a list of names looks like genes, 0 to 3.

    Patient codes share their letters and differ in digits; gene symbols differ in their letters.
    """
    if not names:
        return 0.0
    naming = naming_of(names)
    score = 1.0 if naming in (GeneNaming.ENSEMBL, GeneNaming.ENTREZ) else 0.0
    if naming is GeneNaming.ENTREZ and _are_consecutive(names):
        score = 0.0
    letters = {re.sub(r"[\d\W_]+", "", n).upper() for n in names}
    if naming is GeneNaming.SYMBOL:
        score = (len(letters) - 1) / max(1, len(names) - 1)
    known = sum(n in _WELL_KNOWN for n in names)
    return score + min(2.0, 0.5 * known)


def _are_consecutive(names: Sequence[str]) -> bool:
    numbers = [int(n) for n in names if n.strip().isdecimal()]
    return len(numbers) > 2 and all(b - a == 1 for a, b in pairwise(numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneNames:
    """The gene names of one file, and which of them are kept.

    Attributes:
        names: Canonical names of the kept genes, in file order.
        kept: Their positions among the file's genes.
        in_file: Number of genes in the file.
        naming: Kind of name.
        versioned: Names whose Ensembl version was dropped.
        duplicates: Canonical names that stand more than once.
        dates: Names that a spreadsheet broke.
        date_prone: Names that a spreadsheet would break.
        clinical: Names that speak of the patient, not of a gene.
        counters: Entries of a counting program.
    """

    names: tuple[str, ...]
    kept: tuple[int, ...]
    in_file: int
    naming: GeneNaming
    versioned: int
    duplicates: tuple[str, ...]
    dates: tuple[str, ...]
    date_prone: tuple[str, ...]
    clinical: tuple[str, ...]
    counters: tuple[str, ...]

    @classmethod
    def of(cls, raw: Sequence[str], wanted: Collection[str] | None) -> GeneNames:
        """Look at the headings ``raw``; keep all, or those whose canonical name is ``wanted``."""
        names = [canonical(n) for n in raw]
        keep = None if wanted is None else {canonical(w) for w in wanted}
        kept = [i for i, n in enumerate(names) if keep is None or n in keep]
        twice = [n for n, k in Counter(names).items() if k > 1]
        return cls(
            names=tuple(names[i] for i in kept),
            kept=tuple(kept),
            in_file=len(names),
            naming=naming_of(names),
            versioned=sum(n != r.strip() for n, r in zip(names, raw, strict=True)),
            duplicates=tuple(twice),
            dates=tuple(n for n in names if is_date(n)),
            date_prone=tuple(n for n in names if is_date_prone(n)),
            clinical=tuple(n for n in names if is_clinical(n)),
            counters=tuple(n for n in names if is_counter_row(n)),
        )
