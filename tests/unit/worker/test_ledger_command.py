"""``syncohort-cli ledger``: exit statuses, and a verification that needs only file and key."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.messages import ledger_commands as led
from core.messages import ledger_events as told
from tests.unit.worker.test_ledger_desk import Site, studied


@pytest.fixture
def exported(tmp_path: Path) -> Any:
    """An export, the ledger it is of, and the key's certificate in a file."""
    site = Site(tmp_path / "home")
    site.introduce()
    studied(site)
    site.do(led.ExportLedger(folder=str(tmp_path), formats=("json",)), told.LedgerExported)
    seals = site.hospital._studies.sealing.seals()
    assert seals is not None
    (tmp_path / "north.pem").write_text(seals.signer.certificate_pem)
    asyncio.run(site.hospital.close())
    return tmp_path / "privacy-ledger.json", seals.signer.certificate_sha256


def test_an_export_is_verified_by_fingerprint_or_certificate(
    exported: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, key = exported
    spaced = ":".join(key[i : i + 2] for i in range(0, 64, 2)).upper()
    for named in (key, spaced, str(tmp_path / "north.pem")):
        assert main(["ledger", "verify", str(file), "--key", named, "--json"]) == 0
        facts = json.loads(capsys.readouterr().out)
        assert (facts["hospital"], facts["entries"], facts["signed"]) == ("North", 3, 3)
        assert facts["spent"] == {"Breast": 1.0}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], "BU317"),
        (["--key", "0" * 64], "BU317"),
        (["--key", "nothing.pem"], "WO605"),
    ],
)
def test_an_export_is_not_believed_without_its_key(
    exported: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    assert main(["ledger", "verify", str(exported[0]), *arguments]) == 2
    out = capsys.readouterr()
    assert code in out.err
    assert out.out == ""


def test_a_changed_export_is_refused(exported: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file, key = exported
    text = file.read_text().replace('"units": 1.0', '"units": 0.5')
    file.write_text(text)
    for step in (["verify", str(file), "--key", key], ["show", str(file)]):
        assert main(["ledger", *step]) == 2
        assert "BU317" in capsys.readouterr().err


def test_a_machine_with_nothing_else_verifies(exported: Any, tmp_path: Path) -> None:
    """Another home, no key store, no network: only the file and the certificate."""
    file, key = exported
    command = [sys.executable, "-m", "core.cli", "ledger", "verify", str(file), "--key", key]
    home = {"HOME": str(tmp_path / "nobody"), "PYTHONPATH": str(Path.cwd()), "PATH": "/usr/bin"}
    done = subprocess.run(
        command, env=home, capture_output=True, text=True, timeout=100, check=False
    )
    assert (done.returncode, "Nothing was changed." in done.stderr) == (0, True), done.stderr
    assert not (tmp_path / "nobody").exists()


def test_entries_are_shown_in_sentences(
    exported: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (exported[0], tmp_path / "home" / "ledger.sqlite"):
        assert main(["ledger", "show", str(file)]) == 0
        out = capsys.readouterr().out
        assert "The study used 1 unit of the cap." in out
        assert len(out.splitlines()) == 3
        assert main(["ledger", "show", str(file), "--year", "1999", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == []
    assert main(["ledger", "show", str(exported[0]), "--cohort", "Breast", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3


def test_a_ledger_file_is_verified_by_its_chain(
    exported: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "home" / "ledger.sqlite"
    before = path.read_bytes()
    assert main(["ledger", "verify", str(path)]) == 0
    assert "The chain holds" in capsys.readouterr().err
    assert path.read_bytes() == before
    path.write_bytes(before[:-4096])
    assert main(["ledger", "verify", str(path)]) == 2


def test_an_installation_exports_and_backs_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a key store, the passphrase opens the key that signs."""
    home, secret = tmp_path / "home", tmp_path / "secret"
    secret.write_text("a long passphrase\n")
    common = ["--home", str(home), "--hospital", "North"]
    export = ["ledger", "export", *common, "--out", str(tmp_path)]
    assert main(export) == 2
    assert "WO612" in capsys.readouterr().err
    assert main([*export, "--passphrase-file", str(secret)]) == 0
    assert {p.name for p in tmp_path.glob("privacy-ledger.*")} == {
        "privacy-ledger.json",
        "privacy-ledger.csv",
        "privacy-ledger.pdf",
    }
    assert main(["ledger", "backup", *common, "--out", str(tmp_path / "b.sqlite")]) == 0
    assert main(["ledger", "verify", str(tmp_path / "b.sqlite")]) == 0
    assert main(["ledger", "verify", *common]) == 0
    assert main(["ledger", "show", *common, "--json"]) == 0
    assert main(["ledger", "verify"]) == 2
    assert main(["ledger", "verify", str(tmp_path / "nothing")]) == 2
