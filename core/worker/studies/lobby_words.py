"""Between the lobby's messages and the session's values."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from core.errors import ProtocolError, StudyError, SynCohortError
from core.messages.lobby import (
    Approved,
    Endorsed,
    EndorsementsShown,
    PlanSigned,
    RunPrepared,
    RunReported,
    RunSeat,
    Turned,
)
from core.model.lobby import Phase
from core.model.study import StudyState
from core.study.roster import Endorsement, Participant
from core.study.session import StudySession
from core.worker.local.local_study import certificate_digest


def key_of(certificate_pem: str) -> str:
    """Return the SHA-256 of a certificate that the coordinator shows.

    Raises:
        ProtocolError: PR502 if it is none.
    """
    try:
        return certificate_digest(certificate_pem)
    except ValueError:
        raise ProtocolError(
            "PR502", party="the coordinator", reason="a certificate is none"
        ) from None


def prepared(digest: str, seat: RunSeat) -> RunPrepared:
    """Return that the run worker is there."""
    return RunPrepared(
        digest=digest,
        route=seat.route,
        certificate_pem=seat.certificate_pem,
        voucher=seat.voucher,
    )


def report(digest: str, state: StudyState, code: str, *, spent: bool) -> RunReported:
    """Return how a run ended, in public words."""
    return RunReported(digest=digest, state=state.value, spent=spent, code=code)


def own_word(given: Endorsement) -> PlanSigned | Approved:
    """Return the message that carries an own signature or approval."""
    if not given.person:
        return PlanSigned(digest=given.digest, signature=given.signature)
    return Approved(digest=given.digest, approver=given.person, signature=given.signature)


def said_before(session: StudySession) -> list[PlanSigned | Approved | RunReported]:
    """Return what a joiner has said and the coordinator may not have heard."""
    own = [e for e in (*session.signatures, *session.approvals) if e.key == session.own_key]
    words: list[PlanSigned | Approved | RunReported] = [own_word(given) for given in own]
    if session.phase is Phase.FINISHED and session.plan is not None:
        ended = report(session.plan.digest, StudyState.FINISHED, "", spent=session.spent)
        words.append(ended)
    return words


def refusal(word: Turned) -> SynCohortError:
    """Return the coordinator's refusal; untrusted, so an unknown code is only named."""
    if len(word.fields) <= 8 and all(len(k) + len(v) < 400 for k, v in word.fields):
        with contextlib.suppress(ValueError, TypeError):
            return SynCohortError.from_code(word.code, word.fields)
    return StudyError("ST704", reason="its computer did not say why")


def endorsement(session: StudySession, word: EndorsementsShown, shown: Endorsed) -> Endorsement:
    """Return a shown signature or approval as the session verifies it.

    Raises:
        ProtocolError: PR502 for a number that no party has.
    """
    seated: Sequence[Participant] = session.seated
    if not 0 <= shown.number < len(seated):
        raise ProtocolError("PR502", party="the coordinator", reason="a signature of nobody")
    return Endorsement(
        key=seated[shown.number].key,
        digest=word.digest,
        person=shown.approver,
        signature=shown.signature,
    )
