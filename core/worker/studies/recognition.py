"""Installations that this hospital compared in another study: the same again, or renewed.

It saves nobody a comparison: it tells people what to expect before they make the call.
"""

from __future__ import annotations

from core.errors import WorkerError
from core.messages.lobby import Continuity, JoinRequest
from core.network.certificate import fingerprint
from core.network.installation import Succession
from core.study.roster import Participant
from core.worker.installation.session_shelf import SessionShelf

SAME, RENEWED = "same", "renewed"


def recognised(
    shelf: SessionShelf, study_id: str, certificate_pem: str, continuity: Continuity | None
) -> str:
    """Return SAME, RENEWED or an empty string for an installation of a study.

    Args:
        shelf: Where this hospital's studies are kept.
        study_id: Of the study that it is in now; what was compared there does not count.
        certificate_pem: Its certificate, as the line proved it.
        continuity: What it shows of a former certificate (untrusted).
    """
    try:
        met = {
            p.key
            for s in shelf.sessions()
            if s.study_id != study_id
            for p in s.participants
            if p.compared and p.key != s.own_key
        }
        if fingerprint(certificate_pem) in met:
            return SAME
        if continuity is None or fingerprint(continuity.former_pem) not in met:
            return ""
        word = Succession(former_pem=continuity.former_pem, signature=continuity.signature)
        return RENEWED if word.leads_to(certificate_pem) else ""
    except (WorkerError, ValueError):  # nothing can be told: people compare the words anyway
        return ""


def join_request(own: Participant, continuity: Continuity | None) -> JoinRequest:
    """Return what a joiner says of itself."""
    return JoinRequest(
        name=own.name,
        has_cohort=own.has_cohort,
        attestations=own.attestations,
        continuity=continuity,
    )
