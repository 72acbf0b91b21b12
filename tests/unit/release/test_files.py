import base64
import hashlib
import json
import os
import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from core.errors import PlanError, WorkerError
from core.model.budget import CapState
from core.model.plan import LocalGaussian
from core.model.reference import PublicReference
from core.release import claims
from core.release.export import load_release
from core.release.forms import Form, form_bytes
from core.release.manifest import manifest_bytes
from core.release.pages.documents import data_card
from core.release.pages.markdown import markdown_of
from core.release.pages.released import ReleasedReport
from core.release.report import report_bytes
from core.release.table import csv_bytes
from core.release.writing import write_file, write_folder


@pytest.fixture
def written(tmp_path, plan, measurements, cohort):
    table = csv_bytes(cohort)
    manifest = manifest_bytes(plan, measurements, cohort.n_records, {"synthetic.csv": table})
    folder = tmp_path / "release"
    write_folder(folder, {"synthetic.csv": table, "manifest.json": manifest})
    return folder


def test_the_manifest_says_what_was_spent_and_hashes_what_was_written(written, plan):
    manifest = json.loads((written / "manifest.json").read_bytes())
    assert manifest["plan_digest"] == plan.digest
    assert manifest["privacy"]["epsilon"] == 1.0
    assert manifest["privacy"]["epsilon_accounted"] == 0.99
    assert manifest["privacy"]["threshold"] == 1
    assert manifest["study"]["rehearsal"] is True
    assert manifest["sample"]["n_records"] == 2
    assert "noisy" in manifest["sample"]["n_records_is"]
    assert manifest["stages"][0]["noise_sd"] == pytest.approx(plan.stages[0].sigma_real)
    (entry,) = manifest["files"]
    content = (written / "synthetic.csv").read_bytes()
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_manifest_says_whose_noise_is_on_a_stage(plan, measurements):
    def of(*stages):
        changed = replace(plan, stages=stages)
        return json.loads(manifest_bytes(changed, measurements, 2, {}))

    share = replace(plan.stages[0], share=0.5)
    own = LocalGaussian(sigma_sq=2 * 512**2, contributors=3, colluders=1)
    local = replace(share, name="class-sums", noise=own)
    joint, mixed = of(plan.stages[0]), of(share, local)
    assert joint["stages"][0]["noise_levels"] == [[1, 4], [2, 400]]
    assert joint["privacy"]["noise"] == claims.JOINT_NOISE
    assert claims.LOCAL_NOISE in mixed["privacy"]["noise"]
    assert claims.JOINT_NOISE in mixed["privacy"]["noise"]
    first, second = mixed["stages"]
    assert first["noise_levels"] == [[1, 4], [2, 400]]
    assert second["local_noise"] == {
        "own_variance_each": 512**2,
        "contributors": 3,
        "colluders": 1,
        "protecting_variance": 2 * 512**2,
    }
    assert second["noise_sd"] == pytest.approx(512 * 3**0.5)
    assert of(replace(local, share=1.0))["privacy"]["noise"] == claims.LOCAL_NOISE
    nobody, own = "noise that nobody knows", "noise of which every party knows at most the part"
    stated = [
        claims.whose_noise(replace(plan, stages=stages))
        for stages in (plan.stages, (share, local), (replace(local, share=1.0),))
    ]
    assert [nobody in s for s in stated] == [True, True, False]
    assert [own in s for s in stated] == [False, True, True]


def test_the_open_cohort_behind_a_release_is_named_with_its_licence(plan, measurements):
    numbers = base64.b64encode(np.ones((3, 3), dtype="<f4").tobytes()).decode()
    reference = PublicReference(
        file_sha256="a" * 64, source_sha256="b" * 64, title="Open cohort", provenance="GEO",
        licence="CC BY 4.0", n_records=60, n_covered=3, n_factors=1, content=numbers,
    )  # fmt: skip
    plain = json.loads(manifest_bytes(plan, measurements, 2, {}))
    assert "public_reference" not in plain
    assert not [c for c in plain["claims"]["conditions"] if "reference" in c]
    told = json.loads(manifest_bytes(replace(plan, reference=reference), measurements, 2, {}))
    named = told["public_reference"]
    assert (named["title"], named["licence"]) == ("Open cohort", "CC BY 4.0")
    assert named["sha256"] == reference.note.sha256
    (condition,) = [c for c in told["claims"]["conditions"] if "reference" in c]
    assert "have no protection" in condition
    report = ReleasedReport(
        plan=replace(plan, reference=reference), measurements_digest="c" * 64,
        synthetic_sha256="d" * 64, class_counts=(1, 1),
    )  # fmt: skip
    card = markdown_of(data_card(report)).decode()
    assert "Open cohort, 60 open records (GEO; licence: CC BY 4.0)" in card
    assert b"Public data used" not in markdown_of(data_card(replace(report, plan=plan)))


def test_the_manifest_is_the_same_everywhere(plan, measurements, cohort):
    table = {"synthetic.csv": csv_bytes(cohort)}
    first = manifest_bytes(plan, measurements, 2, table)
    assert first == manifest_bytes(plan, measurements, 2, table)
    assert not re.search(rb"20\d\d-\d\d-\d\d", first), "a time would differ between hospitals"


def test_the_claims_avoid_the_forbidden_words(plan):
    words = " ".join((claims.claim(plan), *claims.conditions(plan), *claims.not_covered())).lower()
    for forbidden in (
        "anonym",
        "gdpr",
        "no information",
        "zero leakage",
        "formally verified",
        "t < m/2",
    ):
        assert forbidden not in words
    assert "up to 1 of the 3" in words
    assert "rehearsal" in words


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(WorkerError, match="WO603"):
        write_folder(tmp_path / "release", {"a": b"1", "b": b"2"})
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(WorkerError, match="No space"):
        write_file(tmp_path / "a", b"1")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(written):
    with pytest.raises(PlanError, match="PL210"):
        write_folder(written, {"a": b""})
    with pytest.raises(PlanError, match="PL210"):
        write_file(written / "synthetic.csv", b"")


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "release").mkdir()
    write_folder(tmp_path / "release", {"a": b"1"})
    assert [p.name for p in tmp_path.iterdir()] == ["release"]
    assert (tmp_path / "release" / "a").read_bytes() == b"1"


def test_a_changed_table_is_not_read(written):
    with (written / "synthetic.csv").open("ab") as stream:
        stream.write(b"Basal,0.0000,0.0000,0.0000\n")
    with pytest.raises(WorkerError, match="WO606"):
        load_release(written)
    (written / "manifest.json").write_bytes(b"[]")
    with pytest.raises(WorkerError, match="WO606"):
        load_release(written)


def test_parquet_reads_back(written, plan):
    from pyarrow import parquet

    cohort, manifest = load_release(written)
    content = form_bytes(Form.PARQUET, cohort, manifest)
    assert content == form_bytes(Form.PARQUET, cohort, manifest)
    table = parquet.read_table(BytesIO(content))
    assert table.column_names == [plan.label_name, *plan.genes]
    assert table[plan.label_name].to_pylist() == ['Lum "A"', "Basal"]
    assert table["TP53"].to_pylist() == cohort.values[:, 0].tolist()
    assert json.loads(table.schema.metadata[b"syncohort-manifest"]) == manifest


def test_h5ad_reads_back(written, tmp_path, plan):
    import anndata

    cohort, manifest = load_release(written)
    content = form_bytes(Form.H5AD, cohort, manifest)
    assert content == form_bytes(Form.H5AD, cohort, manifest), "the same release, the same bytes"
    (tmp_path / "out.h5ad").write_bytes(content)
    table = anndata.read_h5ad(tmp_path / "out.h5ad")
    assert list(table.var_names) == list(plan.genes)
    assert list(table.obs[plan.label_name]) == ['Lum "A"', "Basal"]
    assert np.array_equal(table.X, cohort.values)
    assert json.loads(table.uns["syncohort_manifest"]) == manifest


def test_the_report_keeps_public_and_local_apart(plan, release):
    report = json.loads(report_bytes(plan, release, None, CapState(cap=4.0, spent=1.0)))
    assert report["public"]["stages"][0]["bytes_sent"] == 100
    assert report["public"]["epsilon_accounted"] == 0.99
    assert "cap" not in report["public"]
    assert report["local"]["cap"]["spent"] == 1.0
    assert report["local"]["quality"] is None
    assert "keep it here" in report["local"]["note"]
