"""What every test gets: no display, no keyring, nobody's home, and nothing left behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything imports Qt, matplotlib or keyring; child processes inherit it.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["MPLBACKEND"] = "Agg"
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
# Hundreds of workers are started here: none may have to compile the program anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

PROJECT = Path(__file__).resolve().parents[1]
GRACE_S = 3.0

# A shared machine stalls now and then; the clock is pytest-timeout's business.
settings.register_profile("syncohort", deadline=None, print_blob=True)
settings.load_profile("syncohort")


@pytest.fixture(scope="session", autouse=True)
def home_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Settings, identities and ledgers of the person who runs the tests stay out of reach."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "CONFIG", "STATE", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        for name in ("APPDATA", "LOCALAPPDATA"):
            patch.setenv(name, str(home))
        yield home


@pytest.fixture(scope="session")
def shared_cohorts() -> Path:
    """The folder of real cohorts beside the project, or a skip that says so."""
    folder = Path(os.environ.get("SYNCOHORT_SHARED", PROJECT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(
            "the real cohorts (../shared/data or $SYNCOHORT_SHARED/data) are not on this machine"
        )
    return folder


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread or a child process running."""
    threads, children = set(threading.enumerate()), set(child_processes())
    yield
    limit = time.monotonic() + GRACE_S
    while True:
        left: list[object] = [
            thread
            for thread in set(threading.enumerate()) - threads
            if not (thread.daemon and is_of_a_pool(thread))
        ]
        left += [command for pid, command in child_processes().items() if pid not in children]
        if not left:
            return
        if time.monotonic() > limit:
            pytest.fail(f"{request.node.name} left behind: {left}")
        time.sleep(0.02)


def is_of_a_pool(thread: threading.Thread) -> bool:
    """Threads that a library keeps for the life of the process."""
    return thread.name.startswith(
        ("QueueManagerThread", "ExecutorManagerThread", "pymp-", "Dummy")
    )


def child_processes() -> dict[int, str]:
    """The living children of this process by number (Linux; nothing elsewhere)."""
    found: dict[int, str] = {}
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            numbers = listing.read_text().split()
        except OSError:  # the thread has ended
            continue
        for number in numbers:
            process = Path("/proc") / number
            try:
                command = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            # A zombie has no command line; multiprocessing's and joblib's trackers stay.
            if command and "_tracker" not in command:
                found[int(number)] = command
    return found
