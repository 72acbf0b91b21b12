"""Installations of a test: each with a home of its own, every step a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import ClassVar
from unittest import mock

from core.model.plan import Plan
from core.network import installation
from core.network.installation import verify
from core.privacy.ledger import EntryKind, Ledger
from core.randomness import NoiseSource
from core.worker.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = sorted((ROOT / "resources" / "sample").glob("hospital-*.csv"))
BASE = [sys.executable, "-m", "core.cli"]
ATTEST = ["--attest-disjoint", "--attest-no-collusion"]
#: Two settings, of which the joint evaluation chooses one.
CHOICE = ["--candidate", "recipe=moments", "--candidate", "recipe=marginals,genes=8"]
#: There is no key store in a test (tests/conftest.py).
ENVIRONMENT = os.environ | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


class Step:
    """One command that runs in the background."""

    alive: ClassVar[set[Step]] = set()
    #: What every step of a test has printed, for the search for secrets.
    outputs: ClassVar[dict[str, bytes]] = {}

    def __init__(self, *words: str, **environment: str) -> None:
        self.words = words
        self.output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by kill
        self.alive.add(self)
        self.running = subprocess.Popen(
            [*BASE, *words],
            stdout=self.output,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=ENVIRONMENT | environment,
        )
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.running.stderr:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()

    def says(self, words: str, timeout_s: float = 60.0, since: int = 0) -> str:
        """Wait for a line on standard error, after the first ``since`` ones."""

        def found() -> str:
            return next((line for line in self.lines[since:] if words in line), "")

        with self._changed:
            if not self._changed.wait_for(lambda: found() or self.over, timeout_s) or not found():
                raise AssertionError(f"{self.words} never said {words}: {''.join(self.lines)}")
            return found()

    @property
    def over(self) -> bool:
        return self.running.poll() is not None and not self._reader.is_alive()

    def ends(self, status: int = 0, timeout_s: float = 120.0) -> dict:
        """Wait for the end; return what it printed."""
        try:
            self.running.wait(timeout_s)
            self.output.seek(0)
            output = self.output.read()
        finally:
            self.kill()
        errors = "".join(self.lines)
        assert self.running.returncode == status, f"{self.words}\n{errors}"
        assert "Traceback" not in errors
        return json.loads(output) if output.startswith("{") else {"text": output}

    def freeze(self) -> None:
        """Stop it where it is: the others wait for it, and it for nothing."""
        self.running.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self.alive.discard(self)
        self.running.kill()
        self.running.wait()
        self._reader.join()
        if not self.output.closed:
            self.output.seek(0)
            printed = self.output.read() + "".join(self.lines)
            self.outputs[f"{len(self.outputs)}: {' '.join(self.words[:2])}"] = printed.encode()
        self.output.close()
        self.running.stderr.close()

    @property
    def error(self) -> str:
        return "".join(self.lines)


class Installation:
    """One hospital of a test."""

    made: ClassVar[list[Installation]] = []
    #: Homes that were just set up, and what their identities are called.
    kept: ClassVar = tempfile.TemporaryDirectory(prefix="syncohort-homes-")
    known_words: ClassVar[dict[str, str]] = {}

    def __init__(self, folder: Path, name: str, cohort: Path | None) -> None:
        self.made.append(self)
        self.environment: dict[str, str] = {}
        self.folder, self.name, self.cohort = folder / name, name, cohort
        self.home = self.folder / "home"
        self.folder.mkdir()
        for file in ("identity", "approver", "wrong"):
            self.folder.joinpath(file).write_text(f"the passphrase of {file} {name}\n")
        self.words = ""
        #: Whether a run is followed by its reports, which take a while.
        self.reports = False

    def start(self, step: str, *words: str) -> Step:
        own = ["--home", str(self.home), "--hospital", self.name]
        own += ["--no-reports"] if step == "run" and not self.reports else []
        own += ["--passphrase-file", str(self.folder / "identity")]
        return Step("study", step, *own, *words, **self.environment)

    def does(self, step: str, *words: str, status: int = 0) -> dict:
        running = self.start(step, *words)
        found = running.ends(status)
        if not self.words:
            self.words = re.search(rf"^{self.name}: (.+)$", running.error, re.MULTILINE)[1]
        self.error = running.error
        return found

    def set_up(self) -> None:
        """Name the second person; this also makes the identity.

        Done once for each name; the next test gets a copy of that home. One with a clock of its
        own is set up by itself: its clock is in its ledger.
        """
        kept = Path(self.kept.name) / self.name
        if self.environment or not kept.exists():
            self.does("approver", "--name", "Grace", "--steward", "Ada", *self.approver())
        if self.environment:
            return
        if kept.exists():
            shutil.copytree(kept, self.home)
            self.words = self.known_words[self.name]
        else:
            self._lock_lightly()
            shutil.copytree(self.home, kept)
            self.known_words[self.name] = self.words

    def _lock_lightly(self) -> None:
        """Lock the key with the least work that is read: each step of a test unlocks it again."""
        path = self.home / "joint" / "identity.json"
        tree = json.loads(path.read_text())
        passphrase = self.folder.joinpath("identity").read_text().strip()
        locked = installation.SealedKey.from_tree(tree["sealed"])
        key = locked.opened(passphrase, tree["certificate_pem"], NoiseSource())
        with mock.patch.object(installation, "_SCRYPT_N", installation._SCRYPT_LEAST):
            tree["sealed"] = key.sealed(passphrase).as_tree()
        path.write_text(json.dumps(tree))

    def approver(self, file: str = "approver") -> list[str]:
        return ["--approver-passphrase-file", str(self.folder / file)]

    def data(self) -> list[str]:
        if self.cohort is None:
            return ["--attest-no-collusion"]
        return ["--cohort", str(self.cohort), "--label", "diagnosis", *ATTEST]

    def creates(
        self, meeting: list[str], *more: str, epsilon: str = "2", n_genes: int = 12
    ) -> list[str]:
        classes, genes = self.folder / "classes", self.folder / "genes"
        classes.write_text("ALL\nAML\nCLL\n")
        header = SAMPLE[0].read_text().split("\n", 1)[0].split(",")
        genes.write_text("\n".join(header[2 : 2 + n_genes]))
        words = ["--title", "Three hospitals", "--purpose", "To tell leukaemias apart."]
        words += ["--classes", str(classes), "--genes", str(genes), "--epsilon", epsilon]
        words += ["--out", str(self.folder / "invitations"), *meeting, *self.data(), *more]
        return self.does("create", *words)["invitations"]

    def joins(self, invitation: str, *more: str) -> Step:
        return self.start("join", invitation, *self.data(), *more)

    def agrees(self, digest: str) -> None:
        self.does("sign", "--digest", digest, "--reason", "A test of the whole way.")
        self.does("approve", "--digest", digest, "--name", "Grace", *self.approver())

    def ledger(self) -> list[EntryKind]:
        book = Ledger.open(self.home / "ledger.sqlite", SystemClock())
        try:
            beside = {EntryKind.DECISION, EntryKind.PROPOSED}
            return [e.kind for e in book.entries() if e.kind not in beside]
        finally:
            book.close()

    def charged(self) -> list[float]:
        """Units of each run that was paid for."""
        book = Ledger.open(self.home / "ledger.sqlite", SystemClock())
        try:
            return [e.units for e in book.entries() if e.kind is EntryKind.SPENT]
        finally:
            book.close()

    def countersigned(self) -> tuple[int, int, int]:
        """How many lines are signed, how many statements are kept, and how many signatures under
        them; every one of them is checked.
        """
        book = Ledger.open(self.home / "ledger.sqlite", SystemClock())
        try:
            book.verify_signatures(verify)
            return len(book.signers()), len(book.statements()), len(book.countersignatures())
        finally:
            book.close()

    def plan(self, digest: str) -> Plan:
        return Plan.from_bytes((self.home / "studies" / digest[:32] / "plan.json").read_bytes())

    def synthetic(self, digest: str) -> bytes:
        return (self.home / "studies" / digest[:32] / "release" / "synthetic.csv").read_bytes()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Relay:
    """A relay in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.again()
        sha256 = self.step.says("Certificate SHA-256").split(":")[1].strip()
        self.meeting = ["--relay", f"127.0.0.1:{self.port}", "--relay-sha256", sha256]

    def again(self) -> None:
        """Start it, or once more, at the same place with the same certificate."""
        place, home = f"127.0.0.1:{self.port}", str(self.folder / "relay")
        self.step = Step("relay", "--listen", place, "--home", home)
        self.step.says("Certificate SHA-256")

    def close(self) -> None:
        self.step.running.terminate()
        self.step.running.wait(20)
        self.step.kill()


def gathered(
    host: Installation, guests: list[Installation], invitations: list[str]
) -> tuple[str, list[Step]]:
    """Let the guests join and the coordinator close the roster; return the plan's digest."""
    joining = [g.joins(i, "--words", host.words) for g, i in zip(guests, invitations, strict=True)]
    words = [w for g in guests for w in ("--words", g.words)]
    digest = host.does("accept", *words, "--close")["plan_digest"]
    for step in joining:
        assert step.ends()["plan_digest"] == digest
    return digest, joining


def runs(hospitals: list[Installation], digest: str) -> None:
    """Run the approved plan everywhere and look at what it left."""
    running = [h.start("run") for h in hospitals[1:]]
    first = hospitals[0].does("run")
    results = [first, *(step.ends() for step in running)]
    assert {r["phase"] for r in results} == {"finished"}
    tables = {h.synthetic(digest) for h in hospitals if h.cohort}
    assert len(tables) == 1
    said = {r["synthetic_sha256"] for r, h in zip(results, hospitals, strict=True) if h.cohort}
    assert said == {hashlib.sha256(tables.pop()).hexdigest()}
    for hospital in hospitals:
        spent = [EntryKind.RESERVED, EntryKind.SPENT] if hospital.cohort else []
        assert hospital.ledger() == spent
