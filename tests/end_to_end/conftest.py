"""The harness lies beside the tests; every test ends with a search for secrets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.canaries import require_none
from tests.end_to_end.study_steps import Installation, Step


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
