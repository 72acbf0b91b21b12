"""A study with a public reference: what is invited to is what is planned, and no other."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import PlanError, StudyError
from core.model.invitation import InvitationView
from core.model.plan import Plan
from core.model.reference import PublicReference
from core.study.fit import Verdict, compare
from core.study.invitation import invite, read_invitation, to_file, to_text
from core.study.rules import require_same_study
from core.worker.commands.study_words import invitation_words
from tests.gui import script
from tests.unit.study.joint_study import (
    GENES,
    MEETING,
    TERMS,
    key_of,
    lobby,
    plan_for,
    secret_of,
)

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
TABLE = np.ones((len(GENES), 3), dtype="<f4")
REFERENCE = PublicReference(
    file_sha256="a" * 64,
    source_sha256="b" * 64,
    title="Open leukaemia",
    provenance="GEO, 2011",
    licence="CC0",
    n_records=60,
    n_covered=len(GENES),
    n_factors=1,
    content=base64.b64encode(TABLE.tobytes()).decode(),
    record_marks=base64.b64encode(b"sixsixtwelve").decode(),
)
WITH = replace(TERMS, reference=REFERENCE.note)


def invitation(terms):
    return invite(
        study_id="ab" * 16,
        token="cd" * 16,
        secret=secret_of("River"),
        meeting=MEETING,
        coordinator="Hôpital du Nord",
        coordinator_sha256=key_of("North"),
        expires=1000,
        terms=terms,
        genes=GENES,
    )


@pytest.mark.parametrize(("version", "terms"), [(2, TERMS), (3, WITH)])
def test_the_golden_invitations_are_read_for_ever(version, terms) -> None:
    content = (GOLDEN / f"invitation-{version}.json").read_text()
    assert read_invitation(content) == invitation(terms)
    assert to_file(invitation(terms)) == content
    assert read_invitation(to_text(invitation(terms))) == invitation(terms)
    assert invitation(terms).version == version


def test_a_version_names_a_reference_or_it_does_not() -> None:
    body = json.loads(json.loads(to_file(invitation(WITH)))["invitation"])
    with pytest.raises(PlanError, match="unknown version"):
        replace(invitation(WITH), version=2)
    body["fields"]["version"] = 2
    content = json.dumps(body, separators=(",", ":"))
    check = hashlib.sha256(content.encode()).hexdigest()[:16]
    tree = {"format": "syncohort-invitation", "check": check}
    with pytest.raises(StudyError, match="ST701"):
        read_invitation(json.dumps({**tree, "invitation": content}))


@pytest.mark.parametrize(
    "planned",
    [
        None,
        replace(REFERENCE, licence="CC BY"),
        replace(REFERENCE, content=base64.b64encode((2 * TABLE).tobytes()).decode()),
        replace(REFERENCE, record_marks=""),
    ],
)
def test_a_plan_with_another_reference_than_the_invitations_is_refused(planned) -> None:
    session = replace(lobby(), terms=WITH)
    for reference, wrong in ((REFERENCE, False), (planned, True)):
        plan = replace(plan_for(session), reference=reference)
        if wrong:
            with pytest.raises(StudyError, match="public reference"):
                require_same_study(plan, session.study_id, WITH, session.seated)
        else:
            require_same_study(plan, session.study_id, WITH, session.seated)
    plan = replace(plan_for(session), reference=REFERENCE)
    with pytest.raises(StudyError, match="public reference"):
        require_same_study(plan, session.study_id, TERMS, session.seated)


def test_plans_of_an_older_version_know_no_marks() -> None:
    plan = replace(plan_for(lobby()), reference=REFERENCE)
    assert Plan.from_bytes(plan.canonical_bytes()) == plan
    assert b'"record_marks"' in plan.canonical_bytes()
    older = replace(plan, format_version=2, reference=replace(REFERENCE, record_marks=""))
    assert b'"record_marks"' not in older.canonical_bytes()
    assert Plan.from_bytes(older.canonical_bytes()) == older
    with pytest.raises(PlanError, match="record_marks"):
        replace(plan, format_version=2)
    with pytest.raises(PlanError, match="record_marks"):
        replace(REFERENCE, record_marks="AAAA")


def test_plans_of_an_older_version_know_no_levels() -> None:
    levels = base64.b64encode(np.ones((2, 2), dtype="<f4").tobytes()).decode()
    with_levels = replace(REFERENCE, record_marks="", level_content=levels)
    plan = replace(plan_for(lobby()), reference=with_levels)
    assert Plan.from_bytes(plan.canonical_bytes()) == plan
    assert b'"level_content"' in plan.canonical_bytes()
    without = replace(plan, reference=REFERENCE)
    assert b'"level_content"' not in without.canonical_bytes()
    with pytest.raises(PlanError, match="level_content"):
        replace(plan, format_version=2)
    with pytest.raises(PlanError, match="level_content"):
        replace(REFERENCE, level_content="*")


def test_a_hospital_reads_of_it_before_it_joins() -> None:
    view = InvitationView(
        study_id="ab" * 16, coordinator="North", coordinator_words="one two", meeting=MEETING,
        expires=1000, expired=False, terms=WITH, units=1.0, odds=73, genes=GENES,
    )  # fmt: skip
    words = "\n".join(invitation_words(view))
    for said in ("Open leukaemia", "60 open records", "GEO, 2011", "CC0", "no protection"):
        assert said in words
    assert "reference" not in "\n".join(invitation_words(replace(view, terms=TERMS)))


def test_the_file_that_it_was_made_from_does_not_fit() -> None:
    cohort = script.cohort()
    own = replace(cohort, summary=replace(cohort.summary, fingerprint="b" * 64))
    said = {
        name: [f.verdict for f in compare(WITH, (), c, GENES, 1.0) if "reference" in f.text]
        for name, c in (("another", cohort), ("same", own))
    }
    assert said == {"another": [Verdict.FITS], "same": [Verdict.FAIL]}
    assert not [f for f in compare(TERMS, (), own, GENES, 1.0) if "reference" in f.text]
