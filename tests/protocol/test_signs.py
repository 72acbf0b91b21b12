"""Secret signs: right for every party count, uniform, never drawn twice, unknown to t parties."""

from __future__ import annotations

import numpy as np
import pytest
from engine_memory import deal

from core.errors import InternalError
from core.protocol.field import MersenneField
from core.protocol.shares import consistent, interpolate
from core.protocol.signs import SignDealer, sign_shares
from core.protocol.words import WordStream

SMALL, LARGE = MersenneField(exponent=31), MersenneField(exponent=61)
SETTINGS = [(3, 1), (4, 1), (5, 1), (5, 2), (6, 2), (7, 3), (10, 4)]
DIGEST = "ab" * 32


def made(field, m, t, count, stage=0, chunk=0):
    """Return shares of r, the opened squares, and shares of the signs, of all parties."""
    parts = [
        SignDealer(field, keys, DIGEST).propose(stage, chunk, 0, count) for keys in deal(m, t)
    ]
    roots = [(i, r) for i, (r, _) in enumerate(parts)]
    masked = [(i, s) for i, (_, s) in enumerate(parts)]
    squares = interpolate(field, masked[: 2 * t + 1])
    return roots, masked, squares, [sign_shares(field, r, squares) for _, r in roots]


@pytest.mark.parametrize("field", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(("m", "t"), SETTINGS)
def test_every_party_holds_a_share_of_plus_or_minus_one(field, m, t):
    roots, masked, squares, signs = made(field, m, t, 1500)
    assert consistent(field, roots, t)
    assert consistent(field, masked, 2 * t)
    r = interpolate(field, roots[: t + 1])
    assert (field.mul(r, r) == squares).all()
    shares = list(enumerate(signs))
    assert consistent(field, shares, t)
    values = field.centred(interpolate(field, shares[: t + 1]))
    assert set(values.tolist()) == {-1, 1}
    assert abs(values.sum()) < 5 * np.sqrt(1500)  # false alarm below 1e-6


def test_signs_are_fair_and_independent_of_their_neighbours():
    _, _, _, shares = made(SMALL, 3, 1, 400_000)
    signs = SMALL.centred(interpolate(SMALL, list(enumerate(shares))[:2]))
    n = len(signs)
    assert abs(signs.sum()) < 5 * np.sqrt(n)
    for lag in (1, 2, 16_384):  # 16,384 is the block length
        assert abs((signs[lag:] * signs[:-lag]).sum()) < 5 * np.sqrt(n)


def test_what_one_party_sees_is_uniform_and_tells_nothing_of_the_sign():
    """m = 3, t = 1: correlation of a party's own share and of the opened square with the sign."""
    roots, _, squares, shares = made(SMALL, 3, 1, 200_000)
    signs = SMALL.centred(interpolate(SMALL, list(enumerate(shares))[:2]))
    half = SMALL.modulus / 2
    for seen in (roots[0][1], shares[0], squares, roots[2][1]):
        scaled = seen / half - 1  # uniform on -1 to 1: variance 1/3
        assert abs(scaled.mean()) < 5 * np.sqrt(1 / 3 / len(scaled))
        correlation = float((scaled * signs).mean())
        assert abs(correlation) < 5 * np.sqrt(1 / 3 / len(signs))
        sixteenths = np.bincount((seen >> np.uint64(27)).astype(int), minlength=16)
        if seen is not squares:  # squares are not uniform on the field, half of it
            expected = len(seen) / 16
            assert float(((sixteenths - expected) ** 2 / expected).sum()) < 50.5  # level 1e-5


def test_masked_squares_hide_the_root():
    """The masked share of the square is uniform although the share itself is known."""
    roots, masked, _, _ = made(SMALL, 3, 1, 200_000)
    difference = SMALL.add(
        masked[1][1], SMALL.mul(SMALL.mul(roots[1][1], roots[1][1]), SMALL.element(-1))
    )
    counts = np.bincount((difference >> np.uint64(27)).astype(int), minlength=16)
    assert float(((counts - 12_500) ** 2 / 12_500).sum()) < 50.5


def test_other_labels_other_plans_and_other_keys_give_other_signs():
    keys = deal(3, 1)
    base = SignDealer(SMALL, keys[0], DIGEST)
    seen = [base.propose(*label, 50)[0] for label in ((0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0))]
    seen.append(SignDealer(SMALL, keys[0], "cd" * 32).propose(0, 0, 0, 50)[0])
    seen.append(SignDealer(SMALL, deal(3, 1)[0], DIGEST).propose(0, 0, 0, 50)[0])
    assert len({tuple(words.tolist()) for words in seen}) == len(seen)


def test_the_same_label_is_never_drawn_twice():
    dealer = SignDealer(SMALL, deal(3, 1)[0], DIGEST)
    dealer.propose(2, 3, 0, 10)
    with pytest.raises(InternalError, match="drawn once"):
        dealer.propose(2, 3, 0, 10)


def test_keys_do_not_show():
    keys = deal(3, 1)[0]
    assert not any(
        key.hex() in repr(keys) or repr(key) in repr(keys) for key in keys.keys.values()
    )


@pytest.mark.parametrize("field", [SMALL, LARGE])
def test_words_are_elements_and_the_same_for_all_holders(field):
    first, second = WordStream(field, b"k" * 16, b"x"), WordStream(field, b"k" * 16, b"x")
    assert (first.take(100) == second.take(100)).all()
    again = first.take(100)
    assert (again == second.take(100)).all()
    assert int(again.max()) < field.modulus
    assert not (WordStream(field, b"k" * 16, b"y").take(100) == again).any()


def test_words_that_would_be_the_modulus_are_dropped():
    """The rejection is the only way to exact uniformity; a rigged cipher makes it happen."""
    stream = WordStream(SMALL, b"k" * 16, b"x")

    class Rigged:
        def __init__(self) -> None:
            self.calls = 0

        def update(self, zeros: bytes) -> bytes:
            self.calls += 1
            words = np.arange(len(zeros) // 4, dtype="<u4") + 10 * self.calls
            if self.calls == 1:
                words[1] = 0xFFFFFFFF
                words[2] = 0x7FFFFFFF
                words[3] = 0x80000000  # 0 after masking: stays
            return words.tobytes()

    stream._encryptor = Rigged()
    assert stream.take(5).tolist() == [10, 0, 14, 20, 21]


def test_a_square_that_is_none_is_refused():
    roots = np.array([1, 1], dtype=np.uint64)
    assert sign_shares(SMALL, roots, np.array([1, SMALL.modulus - 1], dtype=np.uint64)) is None
    assert sign_shares(SMALL, roots, np.array([1, 4], dtype=np.uint64)) is not None
