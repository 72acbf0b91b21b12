"""The link to the worker, over real child processes that behave well, badly, or not at all."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.link import WorkerLink
from core.errors import WorkerError
from core.messages.commands import Introduce, ListStudies
from core.messages.events import StudiesListed, WorkerReady

PROJECT = Path(__file__).resolve().parents[2]
HEAD = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
from core.messages.codec import FrameReader, decode, encode
from core.messages.commands import COMMANDS, Introduce, ListStudies, Shutdown
from core.messages.events import StudiesListed, WorkerReady

def commands():
    frames = FrameReader()
    while chunk := sys.stdin.buffer.raw.read(4096):
        for body in frames.feed(chunk):
            yield decode(body, COMMANDS)

def say(event):
    sys.stdout.buffer.write(encode(event))
    sys.stdout.buffer.flush()
"""
POLITE = """
for command in commands():
    if isinstance(command, Introduce):
        print("hello", command.hospital, file=sys.stderr, flush=True)
        say(WorkerReady(version="1", ledger_entries=0, broken_entry=0))
    elif isinstance(command, ListStudies):
        say(StudiesListed(studies=()))
    elif isinstance(command, Shutdown):
        break
"""
DEAF = """
import time
for command in commands():
    if isinstance(command, Shutdown):
        say(StudiesListed(studies=()))
time.sleep(120)  # not even the end of the input moves it
"""
UNTIL_EOF = """
for command in commands():
    pass  # no command moves it, the end of the input does
"""
GARBAGE = """
say(WorkerReady(version="1", ledger_entries=0, broken_entry=0))
sys.stdout.buffer.write((20).to_bytes(4, "big") + b"not a message at all")
sys.stdout.buffer.flush()
for command in commands():
    pass
"""
CRASHING = """
next(commands())
print("something broke", file=sys.stderr, flush=True)
sys.exit(7)
"""


class Heard:
    """What a link said."""

    def __init__(self, link: WorkerLink) -> None:
        self.events: list[object] = []
        self.ended: list[WorkerError] = []
        self.stops = 0
        link.told.connect(self.events.append)
        link.ended.connect(self.ended.append)
        link.stopped.connect(self._stopped)

    def _stopped(self) -> None:
        self.stops += 1


@pytest.fixture
def make(tmp_path: Path, qtbot) -> Iterator[object]:
    links: list[WorkerLink] = []

    def build(
        program: str, *, grace_ms: int = 4_000, force_ms: int = 4_000
    ) -> tuple[WorkerLink, Heard]:
        file = tmp_path / "program.py"
        file.write_text(textwrap.dedent(HEAD) + program, encoding="utf-8")
        link = WorkerLink(
            tmp_path / "home",
            lambda: Introduce(hospital="Northgate", app_version="1"),
            program=(sys.executable, str(file)),
            grace_ms=grace_ms,
            force_ms=force_ms,
        )
        links.append(link)
        return link, Heard(link)

    yield build
    for link in links:
        if link.running:
            link._kill()
            qtbot.waitUntil(lambda one=link: not one.running, timeout=10_000)


def test_introduces_itself_and_brings_typed_events(make, qtbot) -> None:
    link, heard = make(POLITE)
    link.start()
    link.send(ListStudies())  # before the process has started: kept, not lost
    qtbot.waitUntil(lambda: len(heard.events) == 2, timeout=20_000)
    assert heard.events == [
        WorkerReady(version="1", ledger_entries=0, broken_entry=0),
        StudiesListed(studies=()),
    ]
    qtbot.waitUntil(lambda: bool(link.logs), timeout=10_000)
    assert link.logs == ("hello Northgate",)
    link.stop()
    qtbot.waitUntil(lambda: heard.stops == 1, timeout=10_000)
    assert not link.running
    assert heard.ended == []


def test_starting_twice_starts_one_process(make, qtbot) -> None:
    link, heard = make(POLITE)
    link.start()
    link.start()
    qtbot.waitUntil(lambda: len(heard.events) == 1, timeout=20_000)
    link.stop()
    qtbot.waitUntil(lambda: heard.stops == 1, timeout=10_000)
    link.start()  # and again after it went
    qtbot.waitUntil(lambda: len(heard.events) == 2, timeout=20_000)
    link.stop()
    qtbot.waitUntil(lambda: heard.stops == 2, timeout=10_000)


def test_deaf_worker_loses_its_input_and_then_its_life(make, qtbot) -> None:
    link, heard = make(DEAF, grace_ms=400, force_ms=400)
    link.start()
    link.send(ListStudies())
    link.stop()
    qtbot.waitUntil(lambda: heard.stops == 1, timeout=20_000)
    assert not link.running
    assert heard.ended == []


def test_end_of_input_is_enough_for_a_worker_that_knows_no_shutdown(make, qtbot) -> None:
    link, heard = make(UNTIL_EOF, grace_ms=300, force_ms=60_000)
    link.start()
    link.stop()
    qtbot.waitUntil(lambda: heard.stops == 1, timeout=20_000)


def test_bytes_that_are_no_message_end_the_worker_with_a_typed_error(make, qtbot) -> None:
    link, heard = make(GARBAGE)
    link.start()
    qtbot.waitUntil(lambda: bool(heard.ended), timeout=20_000)
    assert [e.code for e in heard.ended] == ["WO601"]
    assert [type(e) for e in heard.events] == [WorkerReady]
    assert not link.running


def test_unexpected_end_is_reported_once_with_its_status(make, qtbot) -> None:
    link, heard = make(CRASHING)
    link.start()
    qtbot.waitUntil(lambda: bool(heard.ended), timeout=20_000)
    assert [e.code for e in heard.ended] == ["WO602"]
    assert dict(heard.ended[0].fields) == {"status": "7"}
    assert link.logs == ("something broke",)
    assert heard.stops == 0
    link.send(ListStudies())  # goes nowhere, and does not raise


def test_program_that_does_not_exist_is_an_end_too(tmp_path: Path, qtbot) -> None:
    link = WorkerLink(
        tmp_path,
        lambda: Introduce(hospital="N", app_version="1"),
        program=(str(tmp_path / "nothing-here"),),
    )
    heard = Heard(link)
    link.start()
    qtbot.waitUntil(lambda: bool(heard.ended), timeout=10_000)
    assert [e.code for e in heard.ended] == ["WO602"]


def test_stopping_nothing_is_stopped_at_once(make) -> None:
    link, heard = make(POLITE)
    link.stop()
    assert heard.stops == 1


def test_the_worker_runs_the_applications_code_and_nobody_elses(
    qtbot, tmp_path: Path, monkeypatch
) -> None:
    """A package `core` in the home folder, or on a relative search path, is not executed."""
    mark = tmp_path / "executed"
    foreign = f"open({str(mark)!r}, 'w').close()\n"
    for folder in (tmp_path / "home", tmp_path / "elsewhere"):
        (folder / "core" / "worker").mkdir(parents=True)
        (folder / "core" / "__init__.py").write_text(foreign)
        (folder / "core" / "worker" / "__main__.py").write_text(foreign)
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("PYTHONPATH", ".")
    link = WorkerLink(tmp_path / "home", lambda: Introduce(hospital="H", app_version="1"))
    heard = Heard(link)
    link.start()
    qtbot.waitUntil(lambda: bool(heard.events or heard.ended), timeout=60_000)
    link.stop()
    qtbot.waitUntil(lambda: not link.running, timeout=60_000)
    assert isinstance(heard.events[0], WorkerReady)
    assert not mark.exists()
