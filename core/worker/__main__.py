"""``python -m core.worker --home DIR [--rehearsal]``: the resident worker of one hospital."""

from __future__ import annotations

from core.worker.channel import claim_standard_output

if __name__ == "__main__":
    _EVENTS = claim_standard_output()  # before any import that could print
    from core.worker.serving import main

    raise SystemExit(main(_EVENTS))
