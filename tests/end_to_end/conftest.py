"""The harness lies beside the tests; every test ends with a search for secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.canaries import require_none
from tests.end_to_end.study_steps import SAMPLE, Installation, Relay, Step


@pytest.fixture(autouse=True)
def nothing_secret_was_shown() -> Iterator[None]:
    """Every step's output and every installation's files, however the test went on."""
    Step.outputs.clear()
    Installation.made.clear()
    yield
    for step in tuple(Step.alive):
        step.kill()
    for name, output in Step.outputs.items():  # pytest shows it when the test failed
        print(f"---- {name}\n{output.decode()}")
    require_none(Installation.made, Step.outputs)


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    running = Relay(tmp_path)
    yield running
    running.close()


@pytest.fixture
def hospitals(tmp_path: Path) -> list[Installation]:
    names = ("North", "River", "Lake")
    made = [Installation(tmp_path, n, f) for n, f in zip(names, SAMPLE, strict=True)]
    for hospital in made:
        hospital.set_up()
    return made
