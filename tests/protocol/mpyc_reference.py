"""Runs in a process of its own, since importing MPyC takes one over: our words against MPyC's.

Prints one line ``ok NAME`` for each check; any failure is an exception.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import os
import sys

sys.argv = ["reference", "--no-log", "--no-uvloop"]

import numpy as np

from core.protocol.array_codec import ArrayCodec
from core.protocol.dealing import DealingScheme
from core.protocol.field import MersenneField
from core.protocol.shares import interpolate, lagrange
from core.protocol.signs import SharedKeys, SignDealer, sign_shares
from core.protocol.words import WordStream

SETTINGS = ((3, 1), (4, 1), (5, 2), (6, 2), (10, 4))
DIGEST = "ab" * 32
COUNT = 300


def require(ok: object, what: str) -> None:
    if not ok:
        raise SystemExit(f"differs: {what}")


def deal(m: int, t: int) -> list[SharedKeys]:
    keys = {s: os.urandom(16) for s in itertools.combinations(range(m), m - t)}
    return [
        SharedKeys(
            n_parties=m, threshold=t, party=i, keys={s: k for s, k in keys.items() if i in s}
        )
        for i in range(m)
    ]


def same_shares_from_the_same_keys(exponent: int) -> None:
    """MPyC's own sharing functions, fed with our words, give our shares."""
    from mpyc import finfields, thresha

    field = MersenneField(exponent=exponent)
    mpyc_field = finfields.GF(field.modulus)
    label = DIGEST.encode() + b"\0%d:%d:%d:%d:" % (exponent, 0, 0, 0)
    for m, t in SETTINGS:
        for keys in deal(m, t):
            roots, squares = SignDealer(field, keys, DIGEST).propose(0, 0, 0, COUNT)

            def prf(key: bytes) -> object:
                def words(uci: bytes, shape: tuple[int, ...]) -> np.ndarray:
                    stream = WordStream(field, key, label + uci)
                    columns = 1 if len(shape) == 1 else shape[1]
                    drawn = np.array([stream.take(COUNT) for _ in range(columns)]).astype(object)
                    return drawn[0] if len(shape) == 1 else drawn.T

                return words

            prfs = {members: prf(key) for members, key in keys.keys.items()}
            r = thresha.np_pseudorandom_share(mpyc_field, m, keys.party, prfs, b"r", COUNT)
            z = thresha.np_pseudorandom_share_0(mpyc_field, m, keys.party, prfs, b"z", COUNT)
            require(roots.tolist() == r.value.tolist(), "shares of r")
            expected = (mpyc_field.array(r.value**2) + z).value.tolist()
            require(squares.tolist() == expected, "masked squares")


def same_numbers_from_dealing(exponent: int) -> None:
    """MPyC's arrays extract, recombine and square the dealt shares to the same numbers."""
    from mpyc import finfields, thresha

    field = MersenneField(exponent=exponent)
    mpyc_field = finfields.GF(field.modulus)
    for m, t in SETTINGS:
        scheme = DealingScheme(field, m, t)
        words = [
            [WordStream(field, os.urandom(32), b"d").take(COUNT) for _ in range(t + 1)]
            for _ in range(m)
        ]
        dealt = []  # by dealer, then by party
        for i in range(m):
            free = dict(zip(scheme.free(i), words[i], strict=True))
            dealt.append(
                [free[j] if j in free else scheme.share(i, words[i], j) for j in range(m)]
            )
            shares = [[mpyc_field(int(v)) for v in row] for row in dealt[i]]
            points = [[(j + 1, shares[j]) for j in part] for part in (range(t + 1), range(m))]
            values = [thresha.recombine(mpyc_field, some) for some in points]
            require(values[0] == values[1], "a dealt polynomial has degree t")
        vandermonde = mpyc_field.array(
            np.array([[(i + 1) ** k for i in range(m)] for k in range(m - t)], dtype=object)
        )
        for j in range(m):
            held = np.array([dealt[i][j].astype(object) for i in range(m)])
            theirs = (vandermonde @ mpyc_field.array(held)).value
            for k in range(m - t):
                ours = scheme.extract([dealt[i][j] for i in range(m)], k)
                require(ours.tolist() == theirs[k].tolist(), "extracted shares")
        roots = [scheme.extract([dealt[i][j] for i in range(m)], 0) for j in range(m)]
        held = [(j + 1, [mpyc_field(int(v)) for v in roots[j]]) for j in range(t + 1)]
        squares = [int((v * v).value) for v in thresha.recombine(mpyc_field, held)]
        for king in range(m):
            total = np.zeros(COUNT, np.uint64)
            openers = scheme.openers(king)
            pads = {
                frozenset(pair): WordStream(field, os.urandom(32), b"p").take(COUNT)
                for pair in itertools.combinations(openers, 2)
            }
            for p in openers:
                own = {j: pads[frozenset({p, j})] for j in openers if j != p}
                total = field.add(total, scheme.part(p, king, roots[p], own))
            require(total.tolist() == squares, "opened squares")


def same_recombination(exponent: int) -> None:
    from mpyc import finfields, thresha

    field = MersenneField(exponent=exponent)
    mpyc_field = finfields.GF(field.modulus)
    for xs, at in (((1, 2), 0), ((1, 3, 5), 0), ((2, 4, 6), 7)):
        theirs = thresha._recombination_vector(mpyc_field, xs, at)
        require(list(lagrange(field, xs, at)) == [int(v) for v in theirs], "recombination")
    values = [0, 1, field.modulus - 1, 12345]
    for m, t in SETTINGS:
        secret = mpyc_field.array(np.array(values, dtype=object))
        rows = thresha.np_random_split(mpyc_field, secret, t, m)
        shares = [(i, np.array(row, dtype=np.uint64)) for i, row in enumerate(rows)]
        opened = interpolate(field, shares[m - t - 1 :])
        require(opened.tolist() == values, "opening of MPyC's shares")


def same_signs_as_square_roots(exponent: int) -> None:
    """MPyC's inverse square root and ours differ at most by the sign, which is random anyway."""
    from mpyc import finfields

    field = MersenneField(exponent=exponent)
    mpyc_field = finfields.GF(field.modulus)
    roots = np.array([3, 17, field.modulus - 4], dtype=np.uint64)
    squares = field.mul(roots, roots)
    ours = sign_shares(field, roots, squares).tolist()
    theirs = roots.astype(object) * mpyc_field.array._sqrt(squares.astype(object), INV=True)
    signs = [int(v) % field.modulus for v in theirs]
    require(all(o in (s, field.modulus - s) for o, s in zip(ours, signs, strict=True)), "signs")
    require(set(ours) <= {1, field.modulus - 1}, "signs are plus or minus one")


def the_places_where_we_reach_into_mpyc() -> None:
    """What core/protocol/mpyc_backend.py relies on; another release of MPyC may change it."""
    from mpyc import asyncoro, runtime

    require(runtime.Runtime.version == "0.11", "version")
    require(runtime.pickle.__name__ == "pickle", "runtime.pickle is the module")
    require("lambda t: _reconcile(decl, t)" in inspect.getsource(asyncoro.mpc_coro), "_reconcile")
    require(callable(getattr(asyncoro, "__reconcile")), "__reconcile")
    source = inspect.getsource(runtime)
    require(source.count("pickle.") == 8, "uses of pickle")
    for module in (asyncoro, runtime.sectypes, runtime.finfields, runtime.mpctools):
        require("pickle.loads" not in inspect.getsource(module), f"pickle in {module.__name__}")
    distribute = inspect.getsource(runtime.Runtime._distribute)
    require("marshal = pickle.dumps" in distribute, "input marshals with pickle")
    require("self._send_message(other_pid, data)" in distribute, "input sends by _send_message")
    sender = inspect.getsource(runtime.Runtime._send_message)
    require("protocol.send(self._program_counter[0], data)" in sender, "labels")
    require("secrets.token_bytes(16)" in source, "keys come from the operating system")


async def the_codec_takes_the_place_of_pickle() -> None:
    """One party alone shares and opens through our codec; MPyC's own pickle is never called."""
    from mpyc import runtime

    class Watched(ArrayCodec):
        calls = 0

        def dumps(self, array):
            Watched.calls += 1
            return super().dumps(array)

    codec = Watched()
    field = MersenneField(exponent=31)
    codec.expect(field, 3)
    runtime.pickle = codec
    mpyc_field = runtime.finfields.GF(field.modulus)
    shares = await runtime.mpc.input(mpyc_field.array(np.array([1, 2, 3], dtype=object)))
    require(Watched.calls == 1, "the codec is used")
    require([int(v) for v in shares[0][0].value] == [1, 2, 3], "the values")


def main() -> None:
    for exponent in (31, 61):
        same_shares_from_the_same_keys(exponent)
        print("ok shares", exponent)
        same_numbers_from_dealing(exponent)
        print("ok dealing", exponent)
        same_recombination(exponent)
        print("ok recombination", exponent)
        same_signs_as_square_roots(exponent)
        print("ok signs", exponent)

    async def inside() -> None:
        the_places_where_we_reach_into_mpyc()
        print("ok pins")
        await the_codec_takes_the_place_of_pickle()
        print("ok codec")

    asyncio.run(inside())


main()
