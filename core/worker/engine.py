"""``python -m core.worker.engine``: the run worker, one process for one run at one party.

It speaks the language of core/messages/engine.py: commands on standard input, events on what was
standard output, logs without any value on standard error.
"""

from __future__ import annotations

from core.worker.channel import claim_standard_output

if __name__ == "__main__":
    _EVENTS = claim_standard_output()  # before any import that could print
    from core.worker.runs.engine_run import main

    raise SystemExit(main(_EVENTS))
