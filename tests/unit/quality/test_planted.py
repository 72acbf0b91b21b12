"""On real patients every measure orders generators whose faults are known as it must.

More cohorts and genes: ``PYTHONPATH=. python tests/unit/quality/planted.py``.
"""

import pytest

from core.model.quality import Depth
from core.quality import utility
from tests.unit.quality.planted import misordered, real_patients, reports


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_known_generators_are_ordered_and_the_copier_is_caught(shared_cohorts, monkeypatch):
    monkeypatch.setitem(utility._TREES, Depth.FULL, 40)  # a fifth of the forest's time
    found = reports(*real_patients(shared_cohorts, "scanb-brca-400", 100))
    assert misordered(found) == []
