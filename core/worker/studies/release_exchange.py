"""After a run: every hospital signs the manifest it wrote, and all keep all signatures.

Everybody says which signatures it holds; who hears a new one keeps it and says on. The sets only
grow and are small, so this ends when all hold the same. All hospitals wrote the same manifest; one
that signed another is kept too, so that the check of the release can name it.

Reveals:
    To the parties of a study: that this hospital has written the release, and the SHA-256 of its
    manifest, which they have, too.
"""

from __future__ import annotations

import contextlib
from typing import Final

from core.errors import SynCohortError
from core.messages.lobby import ReleaseSignaturesShown, ReleaseSigned
from core.ports import Signer, Verifier
from core.release.signing import ReleaseSignature, Signatures, release_statement
from core.study.session import StudySession
from core.worker.runs.release_shelf import ReleaseShelf

_MOST: Final = 20


class ReleaseExchange:
    """Keeps signatures of releases. Invariant: nothing that does not verify is kept, and this
    hospital signs nothing but the manifest on its own disk.
    """

    def __init__(self, shelf: ReleaseShelf, signer: Signer, verify: Verifier) -> None:
        """Work with the hospital's releases and one identity."""
        self._shelf, self._signer, self._verify = shelf, signer, verify

    def shown(self, session: StudySession) -> ReleaseSignaturesShown | None:
        """Sign the own release, if it is there, and return all signatures that are held."""
        if session.plan is None or session.plan.rehearsal:
            return None
        plan = session.plan.digest
        with contextlib.suppress(SynCohortError):  # the release stands as it is
            held = self._shelf.signatures(plan)
            manifest, own = self._shelf.manifest(plan), session.own_key
            mine = {s.manifest for s in held.signatures if s.key == own}
            if manifest and manifest not in mine and own == self._signer.certificate_sha256:
                signature = self._signer.sign(release_statement(plan, manifest, own))
                given = ReleaseSignature(
                    plan=plan, manifest=manifest, key=own, signature=signature
                )
                held = self._keep(session, held, (given,))
            return _word(plan, held) if held.signatures else None
        return None

    def heard(
        self, session: StudySession, word: ReleaseSignaturesShown
    ) -> ReleaseSignaturesShown | None:
        """Keep what is new and fits; return what is held now, None if nothing is new."""
        if session.plan is None or word.plan != session.plan.digest:
            return None
        with contextlib.suppress(SynCohortError):
            held = self._shelf.signatures(word.plan)
            found = []
            for told in word.signatures[:_MOST]:
                with contextlib.suppress(ValueError):  # a lie is left out
                    given = ReleaseSignature(
                        plan=word.plan,
                        manifest=told.manifest,
                        key=told.key,
                        signature=told.signature,
                    )
                    if self._is_new(session, held, given):
                        found.append(given)
            if found:
                return _word(word.plan, self._keep(session, held, tuple(found)))
        return None

    def _is_new(self, session: StudySession, held: Signatures, given: ReleaseSignature) -> bool:
        """Tell whether a signature fits, and its key has none here for this manifest."""
        pems = {p.key: p.certificate_pem for p in session.seated if p.has_cohort}
        known = {(s.key, s.manifest) for s in held.signatures}
        of_key = sum(s.key == given.key for s in held.signatures)
        return (
            given.key in pems
            and (given.key, given.manifest) not in known
            and of_key < 2
            and self._verify(pems[given.key], given.signed_bytes, given.signature)
        )

    def _keep(
        self, session: StudySession, held: Signatures, given: tuple[ReleaseSignature, ...]
    ) -> Signatures:
        pems = {p.key: p.certificate_pem for p in session.seated}
        kept = Signatures(signatures=(*held.signatures, *given), certificates=pems)
        self._shelf.keep_signatures(given[0].plan, kept)
        return kept

    def signed_by_all(self, session: StudySession) -> tuple[str, ...]:
        """Return the names of all hospitals with patients, once each has signed the same manifest;
        empty before.
        """
        if session.plan is None:
            return ()
        with contextlib.suppress(SynCohortError):
            held = self._shelf.signatures(session.plan.digest)
            hospitals = [p for p in session.seated if p.has_cohort]
            for manifest in {s.manifest for s in held.signatures}:
                signers = {s.key for s in held.signatures if s.manifest == manifest}
                if all(p.key in signers for p in hospitals):
                    return tuple(p.name for p in hospitals)
        return ()


def _word(plan: str, held: Signatures) -> ReleaseSignaturesShown:
    return ReleaseSignaturesShown(
        plan=plan,
        signatures=tuple(
            ReleaseSigned(manifest=s.manifest, key=s.key, signature=s.signature)
            for s in held.signatures
        ),
    )
