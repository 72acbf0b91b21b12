"""From what was opened to the tables: fitted, sampled once, and the same bytes at every party.

The first hospital with patients samples and sends; every other one samples for itself and takes
the bytes only if they follow from its own measurements. With candidate settings there is a table
of each, made from that setting's measurements alone, in the plan's order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.messages.engine import MAX_TABLE_BYTES
from core.model.measurement import Measurement
from core.model.plan import Plan
from core.model.release import SyntheticCohort
from core.randomness import SamplingSource
from core.release.table import canonical_values, csv_bytes, most_records, require_match
from core.synthesis.recipe import sampling_seed
from core.synthesis.settings import Setting
from core.worker.runs.engine_client import EngineClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One setting's table.

    Attributes:
        setting: It was made with.
        content: The bytes that every party has.
        sha256: Of the bytes.
        cohort: The records that they state.
        seed: From which they were sampled.
    """

    setting: Setting
    content: bytes
    sha256: str
    cohort: SyntheticCohort
    seed: bytes


class TableMaker:
    """Makes the tables of one run. Invariant: a setting's table follows from the plan and from
    what was opened for that setting.
    """

    def __init__(self, plan: Plan, own_number: int, engine: EngineClient) -> None:
        """Make tables of ``plan`` at party ``own_number``, exchanged through ``engine``."""
        self._plan, self._own_number, self._engine = plan, own_number, engine

    async def all(
        self, settings: Sequence[Setting], measurements: Sequence[Measurement]
    ) -> tuple[Made, ...]:
        """Return the tables in the plan's order.

        Reveals:
            To every party the tables: post-processing of what was opened.

        Raises:
            ProtocolError: If the sampler's table is none that follows from the measurements.
        """
        return tuple([await self._one(s, measurements) for s in settings])

    async def _one(self, setting: Setting, measurements: Sequence[Measurement]) -> Made:
        plan, recipe = setting.plan, setting.recipe
        known = setting.understood(measurements)
        model = await asyncio.to_thread(recipe.fit, plan, known)
        wanted = plan.n_records or recipe.default_records(plan, known)
        n_records = min(wanted, most_records(plan, MAX_TABLE_BYTES))
        seed = sampling_seed(self._plan, setting.measured(measurements))
        own = await asyncio.to_thread(model.sample, n_records, SamplingSource(seed))
        content, sha256, shared = await self._share(own)
        return Made(setting=setting, content=content, sha256=sha256, cohort=shared, seed=seed)

    async def _share(self, own: SyntheticCohort) -> tuple[bytes, str, SyntheticCohort]:
        """Let the sampler's bytes become everybody's."""
        plan = self._plan
        if self._own_number == plan.sampler:
            content = await asyncio.to_thread(csv_bytes, own)
            shared = replace(own, values=canonical_values(own))
            return content, await self._engine.send_table(content), shared
        content, sha256 = await self._engine.receive_table()
        sampler = plan.parties[plan.sampler].name
        shared = await asyncio.to_thread(require_match, content, own, sampler)
        return content, sha256, shared
