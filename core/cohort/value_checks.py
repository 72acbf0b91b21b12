"""Checks of values and gene names."""

from __future__ import annotations

from typing import Final

import numpy as np

from core.cohort.findings import Finding, counted, listed, note, ok, problem
from core.cohort.genes import likeness
from core.cohort.records import Cohort
from core.errors import CohortError
from core.model.cohort import GeneNaming, Scale

# ---- values


def values(cohort: Cohort) -> list[Finding]:
    """Whether every cell is a usable number."""
    evidence = cohort.evidence
    found: list[Finding] = []
    if evidence.n_bad:
        row, column = evidence.bad_cells[0]
        error = CohortError("CH105", row=row, column=column, file=cohort.file_name)
        text = (
            f"{counted(evidence.n_bad, 'value is', 'values are')} missing or not a number "
            f"(first: row {row}, column {column})."
        )
        found += problem("values", error, text, "Correct the values or leave the patients out.")
    if cohort.scale is Scale.COUNTS and evidence.first_negative:
        row, column = evidence.first_negative
        error = CohortError("CH111", row=row, column=column, file=cohort.file_name)
        text = f"The value in row {row}, column {column} is negative, but these are counts."
        found += problem(
            "values", error, text, "Correct the file, or say that the values are on a log scale."
        )
    flat = _flat_records(cohort)
    if flat:
        error = CohortError("CH107", row=cohort.row_text(flat[0]), file=cohort.file_name)
        text = (
            f"{counted(len(flat), 'patient has', 'patients have')} the same value for every gene "
            f"(first: {cohort.place(flat[0])})."
        )
        found += problem(
            "values",
            error,
            text,
            "Leave these patients out: they cannot be brought onto the common scale.",
        )
    return found or ok("values", "Every value is a number.")


def _flat_records(cohort: Cohort) -> list[int]:
    return [
        i
        for i in range(cohort.n_records)
        if cohort.values.shape[1] > 1 and cohort.values[i].min() == cohort.values[i].max()
    ]


def scale(cohort: Cohort) -> list[Finding]:
    """Whether the values are counts or on a log scale."""
    evidence, stated = cohort.evidence, cohort.layout.scale is not None
    mixed = evidence.n_raw or (evidence.n_log and (evidence.n_counts or evidence.n_small))
    negative_counts = cohort.scale is Scale.COUNTS and not evidence.n_log
    if mixed and not stated and not negative_counts:
        text = "The values are neither counts nor on a log scale, or patients differ in it."
        advice = "Export counts or log2 values for all patients, or say which of the two they are."
        return problem("scale", CohortError("CH122", file=cohort.file_name), text, advice)
    if cohort.scale is Scale.COUNTS:
        if not evidence.whole:
            text = "The values are taken for counts, but not all are whole numbers."
            return note(
                "scale",
                text,
                "That is right for expected counts (RSEM) and TPM; otherwise choose log scale.",
            )
        return ok("scale", "The values are counts. They become log2(CPM + 1), patient by patient.")
    if evidence.n_counts or evidence.n_raw:
        text = "The values are said to be on a log scale, but some are too large for it."
        return note("scale", text, "Check the scale: counts must not be taken as log values.")
    return ok("scale", "The values are on a log scale and are taken as they are.")


def constant_genes(cohort: Cohort) -> list[Finding]:
    """Which genes are the same in all patients."""
    if cohort.n_records < 2:
        return note(
            "constant-genes",
            "There is one patient only.",
            "A cohort of one patient teaches nothing.",
        )
    same = np.flatnonzero(cohort.values.min(axis=0) == cohort.values.max(axis=0))
    if not same.size:
        return ok("constant-genes", "Every gene varies between patients.")
    names = [cohort.genes[i] for i in same.tolist()]
    which = counted(len(names), "gene has", "genes have")
    text = f"{which} the same value in all patients: {listed(names)}."
    return note(
        "constant-genes",
        text,
        "They are kept, because the study's gene list must not depend on patients.",
    )


# ---- genes

_NAMING_WORDS: Final = {
    GeneNaming.SYMBOL: "gene symbols",
    GeneNaming.ENSEMBL: "Ensembl names",
    GeneNaming.ENTREZ: "Entrez numbers",
}


def gene_names(cohort: Cohort) -> list[Finding]:
    """Which kind of gene names these are, and what a spreadsheet did to them."""
    genes, found = cohort.gene_names, list[Finding]()
    if genes.dates:
        error = CohortError(
            "CH114", count=len(genes.dates), file=cohort.file_name, column=genes.dates[0]
        )
        which = counted(len(genes.dates), "gene name", "gene names")
        text = f"A spreadsheet turned {which} into dates: {listed(genes.dates)}."
        found += problem("gene-names", error, text, "Restore the names from the original export.")
    if genes.duplicates:
        error = CohortError("CH112", gene=genes.duplicates[0], file=cohort.file_name)
        which = counted(len(genes.duplicates), "gene stands", "genes stand")
        text = f"{which} more than once: {listed(genes.duplicates)}."
        found += problem("gene-names", error, text, "Keep one column per gene.")
    if genes.date_prone:
        text = f"Old gene names that a spreadsheet turns into dates: {listed(genes.date_prone)}."
        found += note(
            "gene-names",
            text,
            "Do not save this file from a spreadsheet; others may use SEPTIN2 and MARCHF1.",
        )
    if genes.clinical:
        quoted = listed([f"“{name}”" for name in genes.clinical])
        one = len(genes.clinical) == 1
        text = f"{quoted} would be used as {'a gene' if one else 'genes'}."
        found += note("gene-names", text, "Ignore columns that are not genes.")
    if genes.counters:
        text = f"{listed(genes.counters)} are totals of a counting program, not genes."
        found += note(
            "gene-names", text, "Ignore them: they would count into every patient's total."
        )
    if genes.naming is GeneNaming.OTHER:
        text = "The genes are named neither by symbol nor by Ensembl or Entrez number."
        return found + note("gene-names", text, "All hospitals must name genes in the same way.")
    dropped = (
        f" Versions were dropped from {genes.versioned:,} of them." if genes.versioned else ""
    )
    words = f"{genes.in_file:,} {_NAMING_WORDS[genes.naming]}.{dropped}"
    return found + ok("gene-names", words)


def index_column(cohort: Cohort) -> list[Finding]:
    """Whether a column that numbers the rows is taken for a gene."""
    n = cohort.n_records
    numbered = []
    if n > 2:
        step = np.float32(cohort.rows[1] - cohort.rows[0])
        for gene in np.flatnonzero(cohort.values[1] - cohort.values[0] == step).tolist():
            offset = cohort.values[:, gene].astype(np.float64) - np.array(cohort.rows)
            if (offset == offset[0]).all():
                numbered.append(cohort.genes[gene])
    if not numbered:
        return ok("index-column", "No row numbers are taken for a gene.")
    error = CohortError("CH124", column=numbered[0], file=cohort.file_name)
    text = f"“{numbered[0]}” numbers the rows and would be used as a gene."
    return problem("index-column", error, text, "Ignore this column.")


def orientation(cohort: Cohort) -> list[Finding]:
    """Whether genes and patients may be swapped."""
    sides = ("rows", "columns") if cohort.layout.transposed else ("columns", "rows")
    if likeness(cohort.identifiers[:500]) > likeness(cohort.genes[:500]) + 0.5:
        text = f"The {sides[0]} look like patients and the {sides[1]} like genes."
        return note("orientation", text, "Swap patients and genes if that is so.")
    return ok("orientation", f"Genes are {sides[0]}, patients are {sides[1]}.")
