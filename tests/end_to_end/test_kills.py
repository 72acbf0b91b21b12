"""A random process of a rehearsal is killed at a random moment: nothing lost, nothing twice."""

import sys

import pytest

from tests.end_to_end.kill_rehearsals import kill_often

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="finds the processes in /proc"
    ),
]


def test_a_random_kill_loses_no_spend():
    """The command of tests/end_to_end/kill_rehearsals.py does it 200 times."""
    ends = kill_often(4, seed=7, say=lambda _: None)
    assert sum(ends.values()) == 4
