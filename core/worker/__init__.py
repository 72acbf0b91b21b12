"""The compute side of one hospital: cohort rows, ledger, runs, reports. The composition root of
``core``.

Two kinds of process live here. The *hospital worker* (``python -m core.worker``) is resident and
holds the cohort and the ledger. For each run it starts one short-lived *run worker* (``python -m
core.worker.engine``), the only process that loads MPyC and talks to other hospitals; it receives
one local total per stage and never sees a record.
"""
