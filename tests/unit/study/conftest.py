from __future__ import annotations

import pytest

from core.model.lobby import Phase
from core.study.session import StudySession
from tests.unit.study.joint_study import approval, lobby, plan_for, signature, verify


@pytest.fixture
def proposed() -> StudySession:
    session = lobby().closed()
    return session.proposed(plan_for(session))


@pytest.fixture
def approved(proposed: StudySession) -> StudySession:
    session = proposed
    for name in ("North", "River", "Lake"):
        session = session.signed(signature(name, proposed.plan), verify)
        session = session.approved(approval(name, proposed.plan), verify)
    assert session.stage is Phase.APPROVED
    return session
