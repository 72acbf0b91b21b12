"""The compute side of one hospital: cohort rows, ledger, runs, reports. The composition root of
``core``.

Two kinds of process live here. The *hospital worker* (``python -m core.worker``) is resident and
holds the cohort and the ledger. For each run it starts one short-lived *run worker* (``python -m
core.worker.engine``), the only process that loads MPyC and talks to other hospitals; it receives
one local total per stage and never sees a record.

Rooms, low to high; each may use those before it::

    home, channel, calibrating, ...   what all rooms stand on
    cohorts, lines, installation      files and patients; the way to the others; who we are
    runs                              one run: reserve, measure, spend, open, write
    local, studies                    who conducts it: this computer alone, or a lobby
    hospital, serving, headless       the resident worker
    commands                          ``syncohort-cli``
"""
