"""Secret uniform numbers from dealing and extraction, for sessions too large for one key a set.

Pseudo-random secret sharing needs C(m - 1, t) keys at each party: 126 of ten. Here each pair of
parties has one key, and the work grows with m instead.

1. *Deal.* Every party i picks a random polynomial f_i of degree t and gives f_i(j + 1) to party j.
   t + 1 of the values are free: party i's own, and those of the next t parties, which both ends
   expand from their pair's key. The other m - t - 1 values follow and are sent.
2. *Extract.* Everybody forms R_k = sum over i of (i + 1)^k f_i, k = 0 to m - t - 1, on its shares:
   m - t new sharings of degree t. A coalition of t dealt t of the m polynomials; the other m - t
   enter by a square Vandermonde matrix, which is invertible, so the m - t secrets are uniform and
   independent of everything that the coalition knows.
3. *Open the squares.* c = R^2 has degree 2t, so it is a weighted sum of the squared shares of
   2t + 1 parties. Each adds to its weighted square a sum of words that it shares with each of the
   other 2t, which one of the two adds and the other subtracts: the sum stays c, and the rest of
   what honest parties send is uniform. One of the 2t + 1, the *king*, adds up and tells everybody;
   each party is king of its m-th part of the numbers.

The coalition's view is the same as of pseudo-random sharing: its own shares, and c. So the trust
statement is the same: any t < m/2, parties that follow the protocol, PRG words as good as random.
A king that tells wrong squares is noticed as a wrong square was before: no root, or no consistent
opening.

References:
    I. Damgard, J. B. Nielsen, "Scalable and unconditionally secure multiparty computation", 2007
    (extraction; kings). privacy.md section 8.1 and section 10 row 11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InternalError
from core.protocol.field import BLOCK, MersenneField, Words
from core.protocol.mailbox import Kind, Label
from core.protocol.session import Session
from core.protocol.shares import lagrange
from core.protocol.words import OneTimeLabels, WordStream
from core.randomness import KEY_BYTES, NoiseSource


@dataclass(frozen=True, slots=True, kw_only=True)
class PairKeys:
    """The keys of one party in one session: one with each other party, one of its own.

    Attributes:
        n_parties: m.
        threshold: t.
        party: The holder's number.
        keys: Party -> 32 secret bytes that this pair alone knows; at ``party`` bytes that the
            holder alone knows.
    """

    n_parties: int
    threshold: int
    party: int
    keys: Mapping[int, bytes]

    def __repr__(self) -> str:
        """Hide the keys."""
        return f"PairKeys(party={self.party}, keys=hidden)"


async def exchange_pair_keys(session: Session, source: NoiseSource) -> PairKeys:
    """Agree on one fresh key with each other party; the lower number draws it.

    Reveals:
        To each other party the key of this pair; to nobody else. No data.

    Raises:
        SessionError: SE404 after the step's longest wait.
        ProtocolError: PR502 if a peer sends a key of another length.
    """
    session.require_all_joined()
    own, label = session.own_number, Label(Kind.KEYS, 1)
    keys = {own: source.key()}
    for party in session.others:
        keys[party] = source.key() if party > own else b""
        session.send(party, label, keys[party])
    for party in session.others:
        size = KEY_BYTES if party < own else 0
        found = await session.collect(label, (party,), size, "keys")
        keys[party] = keys[party] or found[party]
    return PairKeys(
        n_parties=len(session.plan.parties),
        threshold=session.plan.threshold,
        party=own,
        keys=keys,
    )


class DealingScheme:
    """The linear algebra of dealing, extracting and opening, for m parties and threshold t."""

    def __init__(self, field: MersenneField, n_parties: int, threshold: int) -> None:
        """Work in ``field``; t + 1 <= m - t."""
        if not 0 < threshold < n_parties - threshold:
            raise InternalError("IN901", rule="fewer than half of the parties may collude")
        self.field, self.m, self.t = field, n_parties, threshold
        self.n_extracted = n_parties - threshold

    def free(self, dealer: int) -> tuple[int, ...]:
        """Return whose shares of a dealer's polynomials are words: its own and the next t."""
        return tuple((dealer + ahead) % self.m for ahead in range(self.t + 1))

    def told(self, dealer: int) -> tuple[int, ...]:
        """Return to whom a dealer sends its share, ascending: all others."""
        return tuple(j for j in range(self.m) if j not in self.free(dealer))

    def openers(self, king: int) -> tuple[int, ...]:
        """Return the 2t + 1 parties whose squares the king adds up, itself first."""
        return tuple((king + ahead) % self.m for ahead in range(2 * self.t + 1))

    def share(self, dealer: int, words: Sequence[Words], receiver: int) -> Words:
        """Return the receiver's shares of the polynomials through the dealer's free ``words``.

        Args:
            dealer: Whose polynomials.
            words: Shares of ``free(dealer)``, in that order, each of shape (n,).
            receiver: One of ``told(dealer)``.
        """
        points = [j + 1 for j in self.free(dealer)]
        return self.field.combine(words, lagrange(self.field, points, receiver + 1))

    def extract(self, dealt: Sequence[Words], slot: int) -> Words:
        """Return this party's shares of the ``slot``-th extracted numbers.

        Args:
            dealt: This party's shares of every party's polynomials, by dealer, shape (n,) each.
            slot: From 0 to m - t - 1.
        """
        return self.field.combine(dealt, [(i + 1) ** slot for i in range(self.m)])

    def part(self, party: int, king: int, roots: Words, pads: Mapping[int, Words]) -> Words:
        """Return what ``party`` sends to the king: its weighted squares, padded.

        Args:
            party: One of ``openers(king)``.
            king: Who adds up.
            roots: The party's shares of the numbers, shape (n,).
            pads: Opener -> the words of this pair, shape (n,), of every other opener.
        """
        openers, field = self.openers(king), self.field
        weights = lagrange(field, [j + 1 for j in openers], 0)
        weight = field.element(weights[openers.index(party)])
        total = field.mul(field.mul(roots, roots), weight)
        for other, words in pads.items():
            total = field.add(total, words) if party < other else field.sub(total, words)
        return total


def slices(count: int, n_parties: int) -> tuple[slice, ...]:
    """Return each king's part of ``count`` numbers; the last ones may be empty.

    >>> slices(5, 3)
    (slice(0, 2, None), slice(2, 4, None), slice(4, 5, None))
    """
    each = -(-count // n_parties)
    return tuple(slice(min(count, k * each), min(count, (k + 1) * each)) for k in range(n_parties))


class RootDealer:
    """One party's words for dealing and for opening squares, in one run.

    Invariant: no label is used twice, so no word is.
    """

    def __init__(self, field: MersenneField, keys: PairKeys, plan_digest: str) -> None:
        """Bind the dealer to one field, one party's keys and one plan."""
        self.scheme = DealingScheme(field, keys.n_parties, keys.threshold)
        self.own = keys.party
        self._field, self._keys = field, keys
        self._labels = OneTimeLabels(field, plan_digest)

    def start(self, stage: int, chunk: int, attempt: int) -> RootDrawing:
        """Begin one draw.

        Raises:
            InternalError: If this (stage, chunk, attempt) was drawn before.
        """
        label = self._labels.take(stage, chunk, attempt)

        def words(party: int, purpose: bytes) -> WordStream:
            return WordStream(self._field, self._keys.keys[party], label + purpose)

        scheme, own = self.scheme, self.own
        return RootDrawing(
            scheme,
            own,
            dealing=[words(j, b"d%d" % own) for j in scheme.free(own)],
            received={
                i: words(i, b"d%d" % i)
                for i in range(scheme.m)
                if i != own and own in scheme.free(i)
            },
            pads={j: words(j, b"p") for j in range(scheme.m) if j != own},
        )


class RootDrawing:
    """One chunk's numbers at one party: dealt, extracted, squared. Used once, in this order."""

    def __init__(
        self,
        scheme: DealingScheme,
        own: int,
        *,
        dealing: Sequence[WordStream],
        received: Mapping[int, WordStream],
        pads: Mapping[int, WordStream],
    ) -> None:
        """Draw from streams that no other drawing has."""
        self._scheme, self._own = scheme, own
        self._dealing, self._received, self._pads = dealing, received, pads

    def deal(self, n_deals: int) -> Iterator[tuple[slice, dict[int, Words], dict[int, Words]]]:
        """Deal ``n_deals`` polynomials, block by block.

        Yields:
            The block; what to send, by receiver; and the shares that this party has without a
            message, by dealer, its own included.

        Reveals:
            Nothing beyond one share to each receiver.
        """
        scheme, own = self._scheme, self._own
        for start in range(0, n_deals, BLOCK):
            stop = min(n_deals, start + BLOCK)
            words = [stream.take(stop - start) for stream in self._dealing]
            sent = {j: scheme.share(own, words, j) for j in scheme.told(own)}
            held = {i: stream.take(stop - start) for i, stream in self._received.items()}
            held[own] = words[0]
            yield slice(start, stop), sent, held

    def extract(self, dealt: Sequence[Words], count: int) -> Iterator[Words]:
        """Return blocks of this party's shares of ``count`` numbers, one after the other.

        Args:
            dealt: Its shares of every party's polynomials, by dealer.
            count: At most m - t for each polynomial.
        """
        n_deals = len(dealt[0])
        for slot in range(self._scheme.n_extracted):
            for start in range(0, n_deals, BLOCK):
                stop = min(n_deals, start + BLOCK, count - slot * n_deals)
                if stop > start:
                    yield self._scheme.extract([row[start:stop] for row in dealt], slot)

    def part(self, king: int, roots: Words) -> Iterator[Words]:
        """Return blocks of what this party sends to a king; kings in ascending order.

        Reveals:
            Nothing beyond the sum over the king's openers: the squares.
        """
        openers = self._scheme.openers(king)
        for start in range(0, len(roots), BLOCK):
            block = roots[start : start + BLOCK]
            pads = {j: self._pads[j].take(len(block)) for j in openers if j != self._own}
            yield self._scheme.part(self._own, king, block, pads)
