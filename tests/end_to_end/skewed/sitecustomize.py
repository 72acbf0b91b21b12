"""A computer whose clock is wrong, for the tests: Python loads this before a program when its
folder is on the path. The programs know nothing of it.

NB: Python's own clock only; OpenSSL asks the system. What a certificate made under a wrong clock
is worth elsewhere: tests/unit/network/test_relay_channels.py.
"""

from __future__ import annotations

import os
import time

_OFFSET_S = 86_400.0 * float(os.environ.get("CLOCK_OF_THE_TEST_DAYS", "0"))
_right_time = time.time


def _wrong_time() -> float:
    return _right_time() + _OFFSET_S


if _OFFSET_S:
    time.time = _wrong_time
