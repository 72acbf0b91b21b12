"""Dealt numbers: right for every m and t, unknown to t parties by exact counting, used once."""

from __future__ import annotations

import asyncio
import itertools

import numpy as np
import pytest
from engine_memory import Wire, deal_pairs, sessions
from engine_parties import plan_of, stage_of

from core.errors import InternalError, ProtocolError
from core.protocol.dealing import (
    DealingScheme,
    RootDealer,
    exchange_pair_keys,
    slices,
)
from core.protocol.field import MersenneField
from core.protocol.mailbox import Kind
from core.protocol.shares import consistent, interpolate
from core.protocol.signs import sign_shares
from core.randomness import NoiseSource

SMALL, LARGE = MersenneField(exponent=31), MersenneField(exponent=61)
SETTINGS = [(3, 1), (4, 1), (5, 1), (5, 2), (6, 2), (7, 3), (8, 3), (9, 4), (10, 4)]
DIGEST = "ab" * 32


class Seven:
    """The integers modulo 7: small enough to count every case."""

    modulus = 7

    def element(self, value):
        return np.uint64(value % 7)

    def add(self, a, b):
        return (a + b) % np.uint64(7)

    def sub(self, a, b):
        return (a + np.uint64(7) - b) % np.uint64(7)

    def mul(self, a, b):
        return a * b % np.uint64(7)

    def combine(self, rows, weights):
        return sum(r * np.uint64(w % 7) for r, w in zip(rows, weights, strict=True)) % np.uint64(7)


def made(field, m, t, count, label=(0, 0, 0)):
    """Deal, extract and open among all parties, without messages."""
    dealers = [RootDealer(field, keys, DIGEST) for keys in deal_pairs(m, t)]
    drawings = [d.start(*label) for d in dealers]
    n_deals = -(-count // (m - t))
    dealt = [[np.zeros(n_deals, np.uint64) for _ in range(m)] for _ in range(m)]
    for i, drawing in enumerate(drawings):
        for part, sent, held in drawing.deal(n_deals):
            for receiver, words in sent.items():
                dealt[receiver][i][part] = words
            for dealer, words in held.items():
                dealt[i][dealer][part] = words
    roots = [np.concatenate(list(d.extract(dealt[i], count))) for i, d in enumerate(drawings)]
    squares = []
    for king, part in enumerate(slices(count, m)):
        total = np.zeros(part.stop - part.start, np.uint64)
        for i in range(m) if part.stop > part.start else ():
            if i in dealers[0].scheme.openers(king):
                total = field.add(
                    total, np.concatenate(list(drawings[i].part(king, roots[i][part])))
                )
        squares.append(total)
    return dealt, list(enumerate(roots)), np.concatenate(squares)


@pytest.mark.parametrize("field", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(("m", "t"), SETTINGS)
def test_every_party_holds_a_share_of_plus_or_minus_one(field, m, t):
    dealt, roots, squares = made(field, m, t, 1501)
    for dealer in range(m):
        assert consistent(field, [(i, dealt[i][dealer]) for i in range(m)], t)
    assert consistent(field, roots, t)
    assert not consistent(field, roots, t - 1)
    r = interpolate(field, roots[: t + 1])
    assert (field.mul(r, r) == squares).all()
    assert len(set(r.tolist())) > 1490
    shares = [(i, sign_shares(field, words, squares)) for i, words in roots]
    assert consistent(field, shares, t)
    values = field.centred(interpolate(field, shares[: t + 1]))
    assert set(values.tolist()) == {-1, 1}
    assert abs(values.sum()) < 5 * np.sqrt(1501)  # false alarm below 1e-6


@pytest.mark.parametrize("count", [1, 2, 5, 16_385 * 3 + 1])
def test_every_count_is_drawn_whole(count):
    _, roots, squares = made(SMALL, 5, 2, count)
    assert len(squares) == count
    r = interpolate(SMALL, roots[2:])
    assert (SMALL.mul(r, r) == squares).all()


def test_signs_are_fair_and_independent_of_their_neighbours_and_of_what_two_of_five_see():
    dealt, roots, squares = made(SMALL, 5, 2, 300_000)
    shares = [(i, sign_shares(SMALL, words, squares)) for i, words in roots]
    signs = SMALL.centred(interpolate(SMALL, shares[:3]))
    n = len(signs)
    assert abs(signs.sum()) < 5 * np.sqrt(n)
    for lag in (1, 2, 16_384, 100_000):  # blocks; 100,000 numbers are one extraction slot
        assert abs((signs[lag:] * signs[:-lag]).sum()) < 5 * np.sqrt(n)
    half = SMALL.modulus / 2
    seen = [roots[0][1], roots[3][1], shares[1][1], SMALL.add(roots[0][1], roots[1][1]), squares]
    seen += [np.tile(words, 3) for words in dealt[0]]
    for words in seen:
        scaled = words / half - 1  # uniform on -1 to 1: variance 1/3
        assert abs(scaled.mean()) < 15 * np.sqrt(1 / 3 / n)
        assert abs(float((scaled * signs).mean())) < 5 * np.sqrt(1 / 3 / n)
        if words is not squares:  # squares are not uniform on the field, half of it
            counts = np.bincount((words[: n // 3] >> np.uint64(27)).astype(int), minlength=16)
            assert float(((counts - n / 48) ** 2 / (n / 48)).sum()) < 50.5  # level 1e-5


# ---- what a coalition sees, counted


def every_word(n_columns):
    """All combinations of ``n_columns`` elements modulo 7, by column."""
    grid = np.array(list(itertools.product(range(7), repeat=n_columns)), dtype=np.uint64)
    return [grid[:, i] for i in range(n_columns)]


def shares_of(scheme, dealer, words):
    """Every party's shares of the polynomials through the dealer's free words."""
    free = dict(zip(scheme.free(dealer), words, strict=True))
    return [free[j] if j in free else scheme.share(dealer, words, j) for j in range(scheme.m)]


@pytest.mark.parametrize("spy", [0, 1, 2])
@pytest.mark.parametrize("own", [(0, 0), (3, 5)])
def test_all_that_one_of_three_sees_goes_with_either_sign(spy, own):
    """Exhaustive modulo 7: both honest dealers' words, the honest pair's pad, every case.

    The view: the spy's shares of what was dealt, the opened square, and what the honest parties
    send to the king. Each view occurs as often with r as with -r.
    """
    scheme = DealingScheme(Seven(), 3, 1)
    honest = [i for i in range(3) if i != spy]
    words = every_word(5)
    dealt = {
        honest[0]: shares_of(scheme, honest[0], words[0:2]),
        honest[1]: shares_of(scheme, honest[1], words[2:4]),
        spy: shares_of(scheme, spy, [np.full(7**5, w, np.uint64) for w in own]),
    }
    known = [dealt[i][spy] for i in honest]
    roots = [
        [scheme.extract([dealt[i][p] for i in range(3)], s) for s in (0, 1)] for p in range(3)
    ]
    field = scheme.field
    secrets = [field.combine([roots[0][s], roots[1][s]], (2, 6)) for s in (0, 1)]
    cases = set(zip(*(k.tolist() for k in (*known, *secrets)), strict=True))
    assert len(cases) == 7**4  # shares seen and secrets are uniform together: every case once
    for king in range(3):
        pads = {honest[0]: {honest[1]: words[4]}, honest[1]: {honest[0]: words[4]}}
        zero = np.zeros(7**5, np.uint64)
        parts = [scheme.part(p, king, roots[p][0], {**pads[p], spy: zero}) for p in honest]
        own_part = scheme.part(spy, king, roots[spy][0], dict.fromkeys(honest, zero))
        square = field.add(field.add(parts[0], parts[1]), own_part)
        assert (square == field.mul(secrets[0], secrets[0])).all()
        views = zip(*(w.tolist() for w in (*known, square, *parts)), strict=True)
        seen: dict[tuple[int, ...], list[int]] = {}
        for view, r in zip(views, secrets[0].tolist(), strict=True):
            seen.setdefault(view, [0] * 7)[r] += 1
        assert all(counts[r] == counts[7 - r] for counts in seen.values() for r in (1, 2, 3))
        assert len(seen) == 7 * 7 * 4 * 7  # shares, square, one part; the other follows


def rank(rows):
    """Rank of integer rows modulo 2^31 - 1."""
    p, rows, found = SMALL.modulus, [list(r) for r in rows], 0
    for column in range(len(rows[0])):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column] % p), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        inverse = pow(rows[found][column], -1, p)
        top = [v * inverse % p for v in rows[found]]
        rows[found] = top
        for i in range(found + 1, len(rows)):
            if factor := rows[i][column]:
                rows[i] = [(v - factor * w) % p for v, w in zip(rows[i], top, strict=True)]
        found += 1
    return found


@pytest.mark.parametrize(("m", "t"), SETTINGS)
def test_no_t_parties_know_anything_about_what_is_extracted(m, t):
    """The honest dealers' free words map one to one to (all shares that t see, all secrets).

    So for every coalition, whatever it dealt itself, the m - t secrets are uniform given its view:
    the map is linear, and the code is asked for it with unit vectors.
    """
    scheme = DealingScheme(SMALL, m, t)
    coalitions = list(itertools.combinations(range(m), t))
    for coalition in coalitions[:: max(1, len(coalitions) // 30)]:
        honest = [i for i in range(m) if i not in coalition]
        n_words = len(honest) * (t + 1)
        unit = np.eye(n_words, dtype=np.uint64)
        zero = [np.zeros(n_words, np.uint64)] * (t + 1)
        dealt = [
            shares_of(
                scheme,
                i,
                [*unit[honest.index(i) * (t + 1) :][: t + 1]] if i in honest else zero,
            )
            for i in range(m)
        ]
        known = [dealt[i][c] for i in honest for c in coalition]
        secrets = []
        for slot in range(m - t):
            shares = [(p, scheme.extract([dealt[i][p] for i in range(m)], slot)) for p in honest]
            secrets.append(interpolate(SMALL, shares[: t + 1]))
        assert len(known) + len(secrets) == n_words
        assert rank([row.tolist() for row in (*known, *secrets)]) == n_words


@pytest.mark.parametrize(("m", "t"), SETTINGS)
def test_what_honest_openers_send_tells_their_sum_only(m, t):
    """Whoever the coalition is, the pads of honest pairs leave one equation: the sum."""
    scheme = DealingScheme(SMALL, m, t)
    for king, coalition in itertools.product(
        range(m), list(itertools.combinations(range(m), t))[::5]
    ):
        honest = [i for i in scheme.openers(king) if i not in coalition]
        pairs = list(itertools.combinations(sorted(honest), 2))
        unit = np.eye(len(pairs), dtype=np.uint64)
        nothing = np.zeros(len(pairs), np.uint64)
        sent = []
        for p in honest:
            pads = {j: unit[pairs.index((min(p, j), max(p, j)))] for j in honest if j != p}
            pads |= {j: nothing for j in scheme.openers(king) if j in coalition}
            sent.append(scheme.part(p, king, nothing, pads))
        assert SMALL.combine(sent, [1] * len(sent)).max() == 0
        assert len(honest) >= t + 1
        assert rank([row.tolist() for row in sent]) == len(honest) - 1


def test_half_of_the_parties_are_too_many():
    for m, t in ((2, 1), (4, 2), (3, 0)):
        with pytest.raises(InternalError, match="fewer than half"):
            DealingScheme(SMALL, m, t)


# ---- used once, known to the right ones


def test_the_same_label_is_never_drawn_twice():
    dealer = RootDealer(SMALL, deal_pairs(5, 2)[0], DIGEST)
    dealer.start(2, 3, 0)
    with pytest.raises(InternalError, match="drawn once"):
        dealer.start(2, 3, 0)


def test_other_labels_plans_keys_and_purposes_give_other_words():
    keys, others = deal_pairs(5, 2), deal_pairs(5, 2)
    base = RootDealer(SMALL, keys[0], DIGEST)
    drawings = [base.start(*label) for label in ((0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0))]
    drawings.append(RootDealer(SMALL, keys[0], "cd" * 32).start(0, 0, 0))
    drawings.append(RootDealer(SMALL, others[0], DIGEST).start(0, 0, 0))
    drawings.append(RootDealer(LARGE, keys[0], DIGEST).start(0, 0, 0))
    seen = []
    for drawing in drawings:
        streams = [*drawing._dealing, *drawing._received.values(), *drawing._pads.values()]
        assert len(streams) == 3 + 2 + 4
        seen += [tuple(s.take(3).tolist()) for s in streams]
    assert len(set(seen)) == len(seen)


def test_keys_do_not_show():
    keys = deal_pairs(3, 1)[0]
    assert not any(k.hex() in repr(keys) or repr(k) in repr(keys) for k in keys.keys.values())


def exchanged(m, tamper=lambda _sender, _receiver, frame: frame):
    plan = plan_of([f"{i:064x}" for i in range(m)], (m - 1) // 2, stage_of())
    wire = Wire(tamper=tamper)

    async def main():
        found = sessions(plan, wire, 0.5)
        tasks = [asyncio.ensure_future(exchange_pair_keys(s, NoiseSource())) for s in found]
        return await asyncio.gather(*tasks)

    return asyncio.run(main()), wire


def test_each_pair_alone_knows_its_fresh_key():
    keys, wire = exchanged(5)
    for i, j in itertools.combinations(range(5), 2):
        assert keys[i].keys[j] == keys[j].keys[i]
        frames = [(s, r) for s, r, f in wire.frames if keys[i].keys[j] in f]
        assert frames == [(i, j)]
    assert not any(k.keys[k.party] in f for k in keys for _, _, f in wire.frames)
    every = {key for k in keys for key in k.keys.values()}
    assert len(every) == 10 + 5
    assert {len(key) for key in every} == {32}
    again, _ = exchanged(5)
    assert every.isdisjoint({key for k in again for key in k.keys.values()})


def test_a_key_of_another_length_is_refused():
    def shorter(sender, _receiver, frame):
        return frame[:-1] if sender == 1 and frame[0] == Kind.KEYS and len(frame) > 13 else frame

    with pytest.raises(ProtocolError, match="PR502") as caught:
        exchanged(4, shorter)
    assert dict(caught.value.fields)["party"] == "Hospital B"
