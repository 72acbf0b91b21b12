"""The private vote: "all agree", and nothing else, is opened.

Who puts in what. Every hospital puts in one secret bit: 1 for no. A compute partner puts in 0.

What happens. All numbers are elements of the field of p = 2^61 - 1.

1. *Share.* Each party splits its bit, and a number of its own drawn uniformly from the field, into
   Shamir shares of degree t. Added up, the parties hold shares of s, the number of noes, and of r,
   uniform and unknown to any t parties, because at least one honest party added to it.
2. *Multiply.* The product of a party's two shares lies on a polynomial of degree 2t through r s.
   Each party shares its own product again with degree t, weighted so that the sum over all m >=
   2t + 1 parties is the value at 0. So the parties hold fresh shares of degree t of r s, without
   the structure that a polynomial of degree 2t made of two factors would have.
3. *Open.* Each party sends its share of r s, checks that all m lie on one polynomial of degree t,
   and takes the value at 0. It is 0 exactly when all agree (or r = 0, see below).

Who sees what. Steps 1 and 2 are sharings of degree t: any t parties see numbers independent of the
others' inputs. In 3 they see r s and the other coefficients of its polynomial; to those every
honest party added fresh random ones. If all agree, r s = 0, whatever r is. If s is not 0, then it
has an inverse (0 < s <= m < p), and r s is uniform on the field because r is, independent of s: it
tells that somebody said no, not who and not how many. A coalition of t that has said yes learns
from the outcome itself that the no is among the others; no vote can hide that. So the coalition's
view can be simulated from "all agree" or not, and its own shares.

Chance of error. r is 0 with probability 1/p, less than 5e-19; then a vote with a no looks like an
agreement. It is the only error, and it reveals nothing.

Parties are semi-honest, as everywhere: one that puts in another bit than its steward cast is out
of scope. A vote that breaks off is taken again with the same ballots and a new r; the outcome is
the same.

References:
    protocol.md "Stages"; privacy.md section 8.3. R. Gennaro, M. Rabin, T. Rabin, "Simplified VSS
    and fast-track multiparty computations", 1998 (step 2).
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import ProtocolError
from core.protocol.field import LARGE_EXPONENT, MersenneField, Words
from core.protocol.mailbox import Kind, Label
from core.protocol.session import Session
from core.protocol.shares import lagrange, open_checked

#: What the vote's opening is called in the session's list of what was opened.
VOTE: Final = "vote"


class Sharing(Protocol):
    """What shares the parties' numbers; see core.protocol.aggregation.InputSharing."""

    async def share_sum(
        self, field: MersenneField, vector: NDArray[np.int64], step: str, step_s: float
    ) -> Words:
        """Return this party's share of the sum of all parties' vectors."""
        ...


class Source(Protocol):
    """The part of ``core.randomness.NoiseSource`` that a vote uses."""

    def below(self, bound: int) -> int:
        """Draw an integer uniform on 0 to ``bound`` - 1."""
        ...


async def all_agree(
    session: Session, sharing: Sharing, source: Source, step_s: float, *, refuses: bool
) -> bool:
    """Vote; return whether every hospital agrees.

    Args:
        session: All parties are connected.
        sharing: MPyC.
        source: Of this party's part of r.
        step_s: Longest wait for one step, seconds.
        refuses: This hospital's secret; False at a compute partner.

    Reveals:
        To every party whether all agree.

    Raises:
        SessionError: SE404 after the longest wait.
        ProtocolError: PR501 or PR502 for shares that cannot be.
    """
    field = MersenneField(exponent=LARGE_EXPONENT)
    own = np.array([int(refuses), source.below(field.modulus)], dtype=np.int64)
    shares = await sharing.share_sum(field, own, VOTE, step_s)
    points = [party.number + 1 for party in session.plan.parties]
    weight = field.element(lagrange(field, points, 0)[session.own_number])
    part = field.mul(field.mul(shares[:1], shares[1:]), weight)
    product = await sharing.share_sum(field, part.astype(np.int64), VOTE, step_s)
    return not bool((await _open(session, field, product)).any())


async def _open(session: Session, field: MersenneField, own: Words) -> Words:
    """Exchange the shares of r s.

    Reveals:
        r s, to every party: 0 if all agree, else uniform.
    """
    session.opened.append(VOTE)
    label = Label(Kind.VOTE)
    session.broadcast(label, field.encode(own))
    found = await session.collect(label, session.others, field.element_bytes, VOTE)
    shares = [(session.own_number, own)]
    for party, payload in found.items():
        words = field.decode(payload, 1)
        if words is None:
            reason = "a number is no field element"
            raise ProtocolError("PR502", party=session.name(party), reason=reason)
        shares.append((party, words))
    names = [p.name for p in session.plan.parties]
    return open_checked(field, sorted(shares, key=_number), session.plan.threshold, VOTE, names)


def _number(share: tuple[int, Words]) -> int:
    return share[0]
