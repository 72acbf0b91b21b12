"""Simulate the sample cohort: three hospitals, three leukaemia-like diagnoses, no real patient.

README: run ``python -m resources.sample.make_sample`` from the top folder of the project. It makes
hospital-north.csv, hospital-river.csv and hospital-lake.csv beside this script, always the same
bytes. Columns: patient, diagnosis, then 200 genes with integer counts.

Each patient has ten module activities (normal, their means set by the diagnosis) and a library
size. A gene's expected count is library size times a share that grows with its module's activity
and, for a few marker genes, with the diagnosis itself; the count is negative binomial, with the
overdispersion falling towards well expressed genes as in RNA-seq. Genes of one module are hence
co-expressed, inside every diagnosis and across them. The diagnoses mix differently at the three
hospitals. Every number is invented; gene symbols only make the tables read like real ones.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.randomness import SamplingSource

SEED: Final = 2026
CLASSES: Final = ("ALL", "AML", "CLL")

#: module -> (its genes, mean activity in each of CLASSES); activities have within-class sd 1.
MODULES: Final[Mapping[str, tuple[str, tuple[float, float, float]]]] = {
    "myeloid": (
        (
            "MPO ELANE PRTN3 AZU1 CTSG LYZ CEBPA CEBPE CSF3R CD33 FCN1 S100A8 S100A9 S100A12 VCAN"
            " ITGAM CD14 FCGR1A SPI1 GFI1"
        ),
        (-0.9, 0.8, -0.9),
    ),
    "b cell": (
        (
            "CD19 MS4A1 CD79A CD79B PAX5 BLK BLNK EBF1 VPREB1 VPREB3 CD22 CD24 FCRLA POU2AF1 TCL1A"
            " BANK1 CD37 IGLL1 RAG1 DNTT"
        ),
        (0.9, -0.9, 0.9),
    ),
    "mature b": (
        (
            "FCER2 CD5 LEF1 ROR1 FMOD TNFRSF13B CLLU1 CNR2 CD27 IL4R FCRL2 FCRL3 CTLA4 ZAP70 LPL"
            " CRY1 SELL CCR7 CXCR5 TCF4"
        ),
        (-0.3, -0.4, 1.2),
    ),
    "stem": (
        (
            "CD34 KIT FLT3 MEIS1 HOXA9 HOXA10 ERG GATA2 MYCN SOX4 BAALC MN1 PROM1 LMO2 TAL1 RUNX1"
            " ETV6 IKZF2 BCL11A SPINK2"
        ),
        (0.7, 0.9, -1.1),
    ),
    "granules": (
        (
            "CAMP LTF LCN2 MMP8 MMP9 CEACAM8 CEACAM6 OLFM4 BPI ARG1 CRISP3 PGLYRP1 TCN1 CHI3L1"
            " ANXA1 ANXA3 HP CD177 ORM1 PADI4"
        ),
        (-0.6, -0.3, -0.5),
    ),
    "cell cycle": (
        (
            "MKI67 TOP2A CCNB1 CCNB2 CDK1 AURKA AURKB BUB1 BIRC5 PLK1 TYMS RRM2 PCNA MCM2 MCM4"
            " MCM6 UBE2C CDC20 KIF11 TPX2"
        ),
        (0.6, 0.3, -0.9),
    ),
    "interferon": (
        (
            "IFIT1 IFIT2 IFIT3 IFI6 IFI27 IFI44 IFI44L ISG15 MX1 MX2 OAS1 OAS2 OAS3 OASL RSAD2"
            " STAT1 IRF7 USP18 HERC5 XAF1"
        ),
        (0.0, 0.0, 0.0),
    ),
    "erythroid": (
        (
            "HBA1 HBB HBD HBG1 ALAS2 GYPA GYPB AHSP KLF1 EPB42 SLC4A1 CA1 CA2 SPTA1 ANK1 RHAG TFRC"
            " BLVRB EPOR GATA1"
        ),
        (-0.2, 0.1, -0.3),
    ),
    "t cell": (
        (
            "CD3D CD3E CD3G CD2 CD7 CD8A CD8B CD4 LCK ITK TRAT1 GZMA GZMB GZMK NKG7 GNLY PRF1"
            " KLRB1 IL7R CD28"
        ),
        (0.2, -0.1, 0.1),
    ),
    "housekeeping": (
        (
            "ACTB GAPDH RPLP0 RPS18 RPL13A EEF1A1 TUBA1B PGK1 LDHA ENO1 HPRT1 TBP B2M PPIA YWHAZ"
            " SDHA UBC HMBS GUSB POLR2A"
        ),
        (0.0, 0.0, 0.0),
    ),
}

#: hospital -> (code prefix, patients per diagnosis in the order of CLASSES)
HOSPITALS: Final[Mapping[str, tuple[str, tuple[int, int, int]]]] = {
    "north": ("NOR", (34, 36, 18)),
    "river": ("RIV", (24, 38, 28)),
    "lake": ("LAK", (28, 14, 42)),
}

MARKER_SHARE: Final = 0.05  # genes whose level also depends on the diagnosis itself
MARKER_SD: Final = 0.7  # natural log units
CLASS_SPREAD: Final = 0.9  # how far the diagnoses' module activities stand apart
ACTIVITY_LOADING: Final = (0.5, 0.9)  # natural log units per unit of activity
MEDIAN_LIBRARY: Final = 30_000


class Panel:
    """What the simulated disease does to every gene, the same at all hospitals.

    Attributes:
        genes: Names, in file order.
        level: Shape (n_genes,), log expected share of an average patient.
        module: Shape (n_genes,), index of the gene's module.
        loading: Shape (n_genes,), log units per unit of its module's activity.
        marker: Shape (n_classes, n_genes), log units that a diagnosis adds; zero for most genes.
        dispersion: Shape (n_genes,), variance = mean + dispersion * mean**2.
    """

    def __init__(self, source: SamplingSource) -> None:
        """Draw the panel."""
        draw = source.generator
        named = [(g, m) for m, (text, _) in enumerate(MODULES.values()) for g in text.split()]
        order = draw.permutation(len(named))
        self.genes = tuple(named[i][0] for i in order)
        self.module = np.array([named[i][1] for i in order])
        n_genes = len(self.genes)
        self.level = draw.normal(-6.0, 1.1, n_genes)
        self.level[self.module == len(MODULES) - 1] += 1.2
        self.loading = draw.uniform(*ACTIVITY_LOADING, n_genes)
        is_marker = draw.random(n_genes) < MARKER_SHARE
        self.marker = draw.normal(0, MARKER_SD, (len(CLASSES), n_genes)) * is_marker
        self.dispersion = 0.1 + 0.3 * np.exp(-(self.level + 7.0))


def simulate_patient(panel: Panel, diagnosis: int, source: SamplingSource) -> NDArray[np.int64]:
    """Draw one patient's counts.

    Returns:
        Shape (n_genes,), int64, at least 0.
    """
    draw = source.generator
    means = np.array([shifts[diagnosis] for _, shifts in MODULES.values()])
    activity = draw.normal(CLASS_SPREAD * means, 1.0)
    size = MEDIAN_LIBRARY * np.exp(draw.normal(0, 0.35))
    log_share = panel.level + panel.loading * activity[panel.module] + panel.marker[diagnosis]
    expected = size * np.exp(log_share) / np.exp(log_share).sum()
    rate = draw.gamma(1 / panel.dispersion, expected * panel.dispersion)
    return draw.poisson(rate).astype(np.int64)


def simulate_hospital(
    panel: Panel, prefix: str, mix: Sequence[int], source: SamplingSource
) -> list[tuple[str, str, NDArray[np.int64]]]:
    """Draw one hospital: (patient code, diagnosis, counts) in the order of arrival."""
    arrivals = source.stream("arrivals").generator
    diagnoses = arrivals.permutation(np.repeat(np.arange(len(CLASSES)), mix))
    codes = arrivals.choice(np.arange(1000, 10_000), size=len(diagnoses), replace=False)
    return [
        (
            f"{prefix}-{code}",
            CLASSES[diagnosis],
            simulate_patient(panel, int(diagnosis), source.stream(str(code))),
        )
        for diagnosis, code in zip(diagnoses, codes, strict=True)
    ]


def write_sample(folder: Path) -> tuple[Path, ...]:
    """Write the three files into ``folder``.

    Returns:
        Their paths.
    """
    source = SamplingSource(SEED)
    panel = Panel(source.stream("panel"))
    written = []
    for name, (prefix, mix) in HOSPITALS.items():
        path = folder / f"hospital-{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(["patient", "diagnosis", *panel.genes])
            for code, diagnosis, counts in simulate_hospital(
                panel, prefix, mix, source.stream(name)
            ):
                table.writerow([code, diagnosis, *counts.tolist()])
        written.append(path)
    return tuple(written)


if __name__ == "__main__":
    for made in write_sample(Path(__file__).parent):
        print(made.name, made.stat().st_size, "bytes")
