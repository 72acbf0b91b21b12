"""``syncohort-cli cap ...`` and ``ledger restore|withdraw|forget``: the window's decisions."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.messages import ledger_commands as led
from core.messages import ledger_events as told
from core.privacy.ledger.backup import examined
from tests.unit.worker.test_ledger_desk import ADA, GRACE, Site, studied, two


@pytest.fixture
def home(tmp_path: Path) -> Any:
    """An installation with a cohort and two people, closed; its passphrases in files."""
    site = Site(tmp_path / "home")
    site.clock.seconds = 1.75e9  # behind the real clock of the command line
    site.introduce()
    cohort, code = studied(site), two(site)
    site.do(led.BackUpLedger(path=str(tmp_path / "b.sqlite")), told.LedgerBackedUp)
    asyncio.run(site.hospital.close())
    for name, text in (
        ("ada", ADA),
        ("grace", GRACE),
        ("code", code),
        ("new", "seven quiet bays"),
    ):
        (tmp_path / name).write_text(text + "\n")
    return tmp_path, cohort


def people(folder: Path, reason: str = "agreed by the board") -> list[str]:
    return [
        *("--requester", "Ada", "--requester-passphrase-file", str(folder / "ada")),
        *("--approver", "Grace", "--approver-passphrase-file", str(folder / "grace")),
        *("--reason", reason),
    ]


def shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert main(["cap", "show", "--home", str(folder / "home"), "--json"]) == 0
    (cohort,) = json.loads(capsys.readouterr().out)
    return cohort


def test_a_cap_is_changed_by_two_people(home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder, cohort = home
    at = ["--home", str(folder / "home"), "--cohort"]
    assert (shown(folder, capsys)["cap"]["cap"], shown(folder, capsys)["left"]) == (4.0, 3.0)
    assert main(["cap", "change", *at, "Breast", "--units", "6", *people(folder)]) == 0
    assert "was 4 units and is 6 from now on" in capsys.readouterr().err
    last = examined(folder / "home" / "ledger.sqlite")[-1]
    assert (last.topic, last.people) == ("cap-changed", ("Ada", "Grace"))
    assert last.reason == "agreed by the board"
    assert main(["cap", "change", *at, cohort[:6], "--units", "5", *people(folder)]) == 0
    assert shown(folder, capsys)["cap"]["cap"] == 5.0
    assert main(["cap", "show", "--home", str(folder / "home")]) == 0
    assert "Breast: cap 5, used 1, set aside 0, left 4 units" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"--approver-passphrase-file": "ada"}, "ST709"),
        ({"--approver": "Ada"}, "BU308"),
        ({"--reason": " "}, "BU314"),
        ({"--cohort": "Lung"}, "WO605"),
        ({"--units": "-1"}, "BU302"),
        ({"--units": "nan"}, "BU302"),
    ],
)
def test_a_refused_change_changes_nothing(
    home: Any, capsys: pytest.CaptureFixture[str], changed: dict[str, str], code: str
) -> None:
    folder, _ = home
    words = ["cap", "change", "--home", str(folder / "home"), *people(folder)]
    words += ["--cohort", "Breast", "--units", "6"]
    for option, value in changed.items():
        file = str(folder / value) if option.endswith("file") else value
        words[words.index(option) + 1] = file
    assert main(words) == 2
    assert code in capsys.readouterr().err
    assert shown(folder, capsys)["cap"]["cap"] == 4.0


def test_passphrases_are_typed_where_no_file_is_named(
    home: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = home
    words = ["cap", "change", "--home", str(folder / "home"), "--cohort", "Breast"]
    words += ["--units", "6", "--requester", "Ada", "--approver", "Grace", "--reason", "agreed"]
    assert main(words) == 2, "there is no terminal"
    assert "no terminal to type the passphrase of Ada at" in capsys.readouterr().err
    typed = iter((ADA, GRACE))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(typed))
    assert main(words) == 0
    assert ADA not in capsys.readouterr().err


def test_a_process_reads_a_passphrase_from_a_descriptor(home: Any) -> None:
    """The real program: nothing secret stands on its command line."""
    folder, _ = home
    ends = []
    for text in (ADA, GRACE):
        reading, writing = os.pipe()
        os.write(writing, f"{text}\n".encode())
        os.close(writing)
        ends.append(reading)
    words = people(folder)
    for name, end in (("ada", ends[0]), ("grace", ends[1])):
        words[words.index(str(folder / name))] = f"/dev/fd/{end}"
    command = [sys.executable, "-m", "core.cli", "cap", "change", "--home", str(folder / "home")]
    command += ["--cohort", "Breast", "--units", "6", *words]
    assert not {ADA, GRACE} & set(command)
    done = subprocess.run(
        command, pass_fds=ends, capture_output=True, text=True, timeout=100, check=False
    )
    for end in ends:
        os.close(end)
    assert (done.returncode, "is 6 from now on" in done.stderr) == (0, True), done.stderr


def test_an_older_copy_is_noticed_and_a_backup_brought_back(
    home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = home
    at = ["--home", str(folder / "home")]
    assert main(["cap", "change", *at, "--cohort", "Breast", "--units", "6", *people(folder)]) == 0
    (folder / "home" / "ledger.sqlite").write_bytes((folder / "b.sqlite").read_bytes())
    capsys.readouterr()
    assert main(["cap", "show", *at]) == 2
    assert "BU312" in capsys.readouterr().err
    restore = ["ledger", "restore", *at, str(folder / "b.sqlite")]
    assert main([*restore, *people(folder, "the disk was replaced")]) == 0
    said = capsys.readouterr().err
    assert "Entries are missing in it (1 or more)" in said
    assert "kept as ledger-set-aside-" in said
    assert shown(folder, capsys)["standing"] == "held"
    assert main(["ledger", "verify", *at]) == 0
    again = main([*restore, *people(folder)])
    assert (again, "BU316" in capsys.readouterr().err) == (2, True), "it needs none any more"
    assert main(["cap", "change", *at, "--cohort", "Breast", "--units", "2", *people(folder)]) == 0
    assert shown(folder, capsys)["standing"] == ""


def test_a_cohort_is_withdrawn_and_forgotten(
    home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = home
    at = ["--home", str(folder / "home"), "--cohort", "Breast"]
    withdraw = ["ledger", "withdraw", *at, "--person", "Ada", "--reason", "consent withdrawn"]
    assert main(withdraw) == 2, "it cannot be undone, so it is said"
    assert main([*withdraw, "--for-ever"]) == 0
    assert shown(folder, capsys)["standing"] == "withdrawn"
    assert main(["ledger", "forget", *at, "--for-ever", *people(folder)]) == 0
    assert shown(folder, capsys)["standing"] == "withdrawn, its identifiers deleted"


def test_people_are_named_and_lost_passphrases_replaced(
    home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = home
    at = ["--home", str(folder / "home"), "--reason", "forgotten"]
    lost = ["cap", "lost", "requester", *at, "--name", "Ada", "--by", "Grace"]
    lost += ["--new-passphrase-file", str(folder / "new")]
    lost += ["--by-passphrase-file", str(folder / "grace")]
    assert main([*lost, "--recovery-code-file", str(folder / "new")]) == 2
    assert "ST741" in capsys.readouterr().err
    assert main([*lost, "--recovery-code-file", str(folder / "code")]) == 0
    out = capsys.readouterr()
    assert "counts from" in out.err
    assert len(out.out.strip()) == 24
    assert (out.out.strip() in out.err) is False, "a log keeps what is said for people"
    named = ["cap", "requester", "--home", str(folder / "home"), "--name", "Ada"]
    named += ["--requester-passphrase-file", str(folder / "new")]
    assert main([*named, "--old-passphrase-file", str(folder / "ada")]) == 0, "taken back"
    second = ["cap", "lost", "approver", *at, "--name", "Grace", "--by", "Ada"]
    second += ["--new-passphrase-file", str(folder / "ada")]
    assert main([*second, "--by-passphrase-file", str(folder / "new")]) == 0
    assert "counts from" in capsys.readouterr().err
