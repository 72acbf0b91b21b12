"""``syncohort-cli quality``: any synthetic cohort, judged or refused with a reason."""

import json

import numpy as np
import pandas as pd
import pytest

from core.cli import main
from core.errors import SynCohortError
from core.model.comparison import RemarkKey
from core.model.quality import Depth
from core.quality import utility
from core.worker.commands.quality_files import Files, gathered, is_normalised

GENES = [f"GENE{j}" for j in range(24)]


def patients(n, seed, prefix):
    rng = np.random.default_rng(seed)
    labels = rng.choice(["Basal", "LumA"], n)
    up = (np.arange(24) % 2 == 0) & (labels == "Basal")[:, None]
    values = np.round(8 + np.arange(24) / 4 + rng.normal(size=(n, 24)) + 2 * up, 3)
    frame = pd.DataFrame(values, columns=GENES)
    frame.insert(0, "subtype", labels)
    frame.insert(0, "patient", [f"{prefix}-{i}" for i in range(n)])
    return frame


@pytest.fixture
def folder(tmp_path):
    patients(60, 0, "R").to_csv(tmp_path / "real.csv", index=False)
    patients(40, 1, "T").to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


@pytest.fixture
def made():
    return patients(50, 2, "S").drop(columns="patient")


@pytest.fixture
def gather(folder):
    def gathered_with(synthetic, **kept):
        synthetic.to_csv(folder / "made.csv", index=False, **kept)
        files = Files(
            real=folder / "real.csv",
            real_test=folder / "test.csv",
            synthetic=folder / "made.csv",
            label="subtype",
        )
        return gathered(files, lambda: False)

    return gathered_with


def by_key(compared):
    return {r.key: r for r in compared.remarks}


def test_other_orders_are_the_same_cohort(gather, made):
    plain = gather(made.copy())
    rng = np.random.default_rng(0)
    mixed = gather(made[list(rng.permutation(made.columns))])
    coded = made.copy()
    coded.insert(3, "patient", [f"X-{i}" for i in range(50)])
    with_codes = gather(coded)
    for other in (mixed, with_codes):
        assert other.synthetic.genes == plain.synthetic.genes == tuple(GENES)
        assert (other.synthetic.values == plain.synthetic.values).all()
        assert (other.synthetic.class_index == plain.synthetic.class_index).all()
    assert list(by_key(plain)) == [RemarkKey.ALIGNED_SCALE]


def test_a_first_column_that_is_a_gene_is_no_patient_code(gather, made):
    found = gather(made[[*GENES, "subtype"]])
    assert found.synthetic.genes == tuple(GENES)


def test_genes_that_lack_and_columns_too_many_are_said(gather, made):
    fewer = made.drop(columns=["GENE3", "GENE5"])
    fewer["score"] = 1.25
    found = gather(fewer)
    assert len(found.synthetic.genes) == 22
    remarks = by_key(found)
    assert remarks[RemarkKey.MISSING_GENES].names == ("GENE3", "GENE5")
    assert remarks[RemarkKey.EXTRA_COLUMNS].names == ("score",)


def test_a_class_that_lacks_is_said(gather, made):
    found = gather(made[made.subtype == "LumA"])
    assert by_key(found)[RemarkKey.MISSING_CLASSES].names == ("Basal",)


def test_what_is_on_the_normalised_scale_stays_as_it_is(gather, made):
    values = made[GENES].to_numpy()
    z = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    scaled = made.copy()
    scaled[GENES] = np.round(1.1 * z, 4)
    found = gather(scaled)
    assert RemarkKey.ALIGNED_SCALE not in by_key(found)
    assert found.synthetic.values == pytest.approx(1.1 * z, abs=1e-3)


def test_counts_are_judged_beside_log_values_and_it_is_said(gather, made):
    counts = made.copy()
    counts[GENES] = np.round(2.0 ** made[GENES]).astype(int)
    found = gather(counts)
    assert by_key(found)[RemarkKey.ALIGNED_SCALE].count == 50
    logs = gather(made)
    assert found.synthetic.values == pytest.approx(logs.synthetic.values, abs=0.02)


def test_normalised_means_mean_0_and_sd_1():
    z = np.random.default_rng(0).normal(size=(9, 200))
    assert is_normalised(z)
    assert not is_normalised(z + 1)
    assert not is_normalised(3 * z)
    z[0, 0] = np.nan
    assert not is_normalised(z)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda m: m.replace("Basal", "Other"), "CH109"),
        (lambda m: m.rename(columns={"subtype": "class"}), "CH104"),
        (lambda m: m.assign(GENE4=m.GENE4.astype(object).where(m.index != 3, "abc")), "CH105"),
        (lambda m: m.assign(GENE4=m.GENE4.where(m.index != 3)), "CH105"),
        (lambda m: m.rename(columns={g: f"{g}x" for g in GENES}), "PL206"),
        (lambda m: m.rename(columns={g: f"{g}x" for g in GENES[1:]}), "PL207"),
        (lambda m: m.rename(columns={"GENE1": "GENE0"}), "CH112"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(gather, made, change, code):
    with pytest.raises(SynCohortError) as refused:
        gather(change(made))
    assert refused.value.code == code


def test_genes_may_be_rows(gather, made):
    plain = gather(made)
    turned = made.copy()
    turned.insert(0, "patient", [f"X-{i}" for i in range(50)])
    flipped = turned.set_index("patient").T.reset_index(names="name")
    found = gather(flipped)
    assert (found.synthetic.values == plain.synthetic.values).all()


def asked(folder, out, **changes):
    files = {"real": "real.csv", "real-test": "test.csv", "synthetic": "made.csv", **changes}
    options = [part for k, v in files.items() for part in (f"--{k}", str(folder / v))]
    return main(["quality", *options, "--label", "subtype", "--out", str(out)])


def test_judges_who_took_part_are_refused(folder, made, capsys):
    made.to_csv(folder / "made.csv", index=False)
    assert asked(folder, folder / "out", **{"real-test": "real.csv"}) == 2
    assert "CH127: 60 patients" in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_the_command_writes_the_report_once(folder, made, capsys, monkeypatch):
    monkeypatch.setattr(utility, "_TREES", {Depth.FULL: 10})
    made.to_csv(folder / "made.csv", index=False)
    (folder / "sets.gmt").write_text("EVEN\tnote\t" + "\t".join(GENES[::2]) + "\n")
    assert asked(folder, folder / "out", gmt="sets.gmt") == 0
    said = capsys.readouterr().err
    assert "keep it with them" in said
    assert "10/10 Compared" in said
    assert {p.name for p in (folder / "out").iterdir()} == {
        "report.json", "report.html", "report.pdf",
    }  # fmt: skip
    assert (folder / "out" / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "made.csv" in (folder / "out" / "report.html").read_text(encoding="utf-8")
    report = json.loads((folder / "out" / "report.json").read_bytes())
    assert report["format"] == "syncohort-quality"
    assert report["files"]["synthetic"]["name"] == "made.csv"
    assert len(report["files"]["real"]["sha256"]) == 64
    assert report["n_genes"] == 24
    measures = {m["key"]: m for m in report["measures"]}
    assert measures["usefulness-ratio"]["value"] > 0.8
    assert measures["exact-copies"]["value"] == 0.0
    assert measures["membership-likelihood"]["reason"] == "no-measurements"
    assert report["report"]["pathways"][0]["name"] == "EVEN"
    assert str(folder) not in json.dumps(report)
    assert asked(folder, folder / "out") == 2
    assert "PL210" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["real", "real-test", "synthetic", "gmt"])
def test_a_file_that_is_not_there_is_named(folder, made, capsys, missing):
    made.to_csv(folder / "made.csv", index=False)
    assert asked(folder, folder / "out", **{missing: "nowhere.csv"}) == 2
    assert "CH101: The file nowhere.csv" in capsys.readouterr().err


def test_a_mixture_of_scales_is_refused(gather, made):
    mixed = made.copy()
    mixed.loc[::2, GENES] = np.round(2.0 ** mixed.loc[::2, GENES])
    with pytest.raises(SynCohortError) as refused:
        gather(mixed)
    assert refused.value.code == "CH122"


def test_a_report_that_is_stopped_writes_nothing(folder, made, monkeypatch, capsys):
    from core.quality import evaluate

    def stopped(*_tables, stop, **_rest):
        import os
        import signal
        import time

        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(200):
            if stop():
                break
            time.sleep(0.01)
        raise evaluate.WorkerError("WO604", step="the report", reason="it was stopped")

    made.to_csv(folder / "made.csv", index=False)
    monkeypatch.setattr(evaluate, "evaluate", stopped)
    assert asked(folder, folder / "out") == 2
    assert "it was stopped" in capsys.readouterr().err
    assert not (folder / "out").exists()
