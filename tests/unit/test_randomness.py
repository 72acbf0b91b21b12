"""core.randomness: noise cannot be repeated, samples can."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from core.errors import InternalError
from core.randomness import KEY_BYTES, NoiseSource, SamplingSource

GOLDEN_BYTES = [1134119224, 3778377301, 134612065]
GOLDEN_INT = [3794116246, 313027714, 1481814673]
GOLDEN_STREAM = [342044092, 3602005022, 1993241669]

NOT_COUNTS = (-1, True, 1.0, "1", None)


def test_noise_has_no_seed_and_no_state() -> None:
    assert not inspect.signature(NoiseSource).parameters
    assert not hasattr(NoiseSource(), "__dict__")
    with pytest.raises(AttributeError):
        NoiseSource().seed = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("n_bits", [0, 1, 7, 64, 4096])
def test_bits_fill_their_range_and_no_more(n_bits: int) -> None:
    draws = [NoiseSource().bits(n_bits) for _ in range(64)]
    assert all(type(d) is int and 0 <= d < 2**n_bits for d in draws)
    ones = 0
    for d in draws:
        ones |= d
    # Each bit is missing from 64 draws with probability 2**-64.
    assert ones == 2**n_bits - 1


def test_bits_are_fair() -> None:
    n_bits = 400_000
    heads = NoiseSource().bits(n_bits).bit_count()
    # Seven standard deviations: a false alarm once in 4e11 runs.
    assert abs(heads - n_bits / 2) < 7 * (n_bits / 4) ** 0.5


def test_below_is_uniform_on_a_bound_that_is_no_power_of_two() -> None:
    n, bound = 30_000, 3
    source = NoiseSource()
    counts = np.bincount([source.below(bound) for _ in range(n)], minlength=bound)
    assert len(counts) == bound
    chi_square = float(((counts - n / bound) ** 2 / (n / bound)).sum())
    # Two degrees of freedom: P(> 50) = exp(-25) = 1.4e-11.
    assert chi_square < 50
    assert source.below(1) == 0


def test_tokens_and_keys_have_their_length_and_differ() -> None:
    source = NoiseSource()
    assert len(source.token(5)) == 5
    keys = {source.key() for _ in range(32)}
    assert len(keys) == 32
    assert {len(k) for k in keys} == {KEY_BYTES}


@pytest.mark.parametrize("wrong", NOT_COUNTS)
def test_noise_refuses_what_is_not_a_count(wrong: object) -> None:
    source = NoiseSource()
    for draw in (source.bits, source.below, source.token):
        with pytest.raises(InternalError):
            draw(wrong)  # type: ignore[operator]


def test_below_and_token_refuse_zero() -> None:
    for draw in (NoiseSource().below, NoiseSource().token):
        with pytest.raises(InternalError):
            draw(0)


@pytest.mark.parametrize("seed", [0, 7, 2**300, b"\x00", b"plan and measurements"])
def test_a_seed_repeats_its_draws(seed: bytes | int) -> None:
    first, second = (SamplingSource(seed).generator.random(100) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_seeds_that_look_alike_are_different_streams() -> None:
    seeds: list[bytes | int] = [0, 1, 256, b"\x00", b"\x00\x00", b"\x01", b"0", b"1", b"int:1"]
    draws = {SamplingSource(s).generator.bytes(16) for s in seeds}
    assert len(draws) == len(seeds)


def test_the_stream_of_a_seed_is_fixed_for_ever() -> None:
    """A manifest's seed must give the same cohort in a later version."""
    assert SamplingSource(b"golden").generator.integers(0, 2**32, 3).tolist() == GOLDEN_BYTES
    assert SamplingSource(42).generator.integers(0, 2**32, 3).tolist() == GOLDEN_INT
    named = SamplingSource(42).stream("TP53").generator.integers(0, 2**32, 3).tolist()
    assert named == GOLDEN_STREAM


def test_a_named_stream_does_not_depend_on_what_was_drawn_before() -> None:
    used = SamplingSource(3)
    used.generator.random(1000)
    fresh = SamplingSource(3)
    assert used.stream("TP53").generator.bytes(16) == fresh.stream("TP53").generator.bytes(16)
    assert fresh.stream("TP53").generator.bytes(16) != fresh.stream("TP5").generator.bytes(16)
    assert fresh.stream("TP53").generator.bytes(16) != SamplingSource(3).generator.bytes(16)


@pytest.mark.parametrize("wrong", [*NOT_COUNTS, b""])
def test_sampling_refuses_what_is_not_a_seed(wrong: object) -> None:
    with pytest.raises(InternalError):
        SamplingSource(wrong)  # type: ignore[arg-type]
