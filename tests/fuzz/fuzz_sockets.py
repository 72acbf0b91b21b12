"""10 million bytes at every socket that listens.

``PYTHONPATH=. python tests/fuzz/fuzz_sockets.py``
``--bytes N`` sends another number, names after it attack only those.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
from targets import attack_hosted_relay, attack_lobby, attack_relay, attack_run_worker

TARGETS = {
    "relay": attack_relay,
    "hosted-relay": attack_hosted_relay,
    "lobby": attack_lobby,
    "run-worker": lambda _folder, n_bytes: attack_run_worker(n_bytes),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=10_000_000)
    parser.add_argument("names", nargs="*", choices=[[], *TARGETS], default=[])
    arguments = parser.parse_args()
    for name in arguments.names or TARGETS:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            outcome = TARGETS[name](Path(folder) / "home", arguments.bytes)
        outcome.require_well()
        sent, tried = outcome.assault.sent, outcome.assault.tried
        print(
            f"{name}: {sent.total():,} bytes in {tried.total():,} connections, "
            f"{outcome.growth_kb / 1024:.1f} MB more at most, "
            f"{time.monotonic() - started:.0f} s; well"
        )
        print("  " + ", ".join(f"{k} {tried[k]}" for k in sorted(tried)))


if __name__ == "__main__":
    main()
