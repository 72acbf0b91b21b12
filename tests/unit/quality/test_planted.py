"""On real patients every measure orders generators whose faults are known as it must.

More cohorts and genes: ``PYTHONPATH=. python tests/unit/quality/planted.py``.
"""

import pytest

from tests.unit.quality.planted import misordered, real_patients, reports


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("small_forests")
def test_known_generators_are_ordered_and_the_copier_is_caught(shared_cohorts):
    found = reports(*real_patients(shared_cohorts, "scanb-brca-400", 100))
    assert misordered(found) == []
