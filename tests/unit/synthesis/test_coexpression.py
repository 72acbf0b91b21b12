"""Co-expressed pairs from the measurements: found where they are, and not in noise."""

import dataclasses

import numpy as np

from core.release.coexpression import co_expression_bytes
from core.synthesis.coexpression import MOST_GENES, co_expression

GENES = tuple(f"G{i}" for i in range(40))
WEIGHTS = np.array([0.5, 0.3, 0.2])


def drawn(seed, part=0.5, noise=0.05):
    """Class means of which some genes move along one line, up or down, and the others do not."""
    rng = np.random.default_rng(seed)
    line = np.array([0.6, -0.5, -0.75])
    signs = np.where(np.arange(40) < 40 * part, np.where(np.arange(40) % 2, 1.0, -1.0), 0.0)
    true = line[:, None] * signs
    variances = np.full((3, 40), noise**2) * np.array([1.0, 2.0, 3.0])[:, None]
    return true, true + np.sqrt(variances) * rng.normal(size=(3, 40)), variances


def test_pairs_are_found_with_their_sign_and_error():
    true, noisy, variances = drawn(0)
    found = co_expression(GENES, noisy, variances, WEIGHTS)
    away = true - WEIGHTS @ true
    exact = (away.T * WEIGHTS) @ away
    real = np.abs(np.triu(exact, 1)) > 0
    assert len(found.pairs) >= 0.95 * real.sum()
    assert real[found.pairs[:, 0], found.pairs[:, 1]].mean() > 0.95
    expected = exact[found.pairs[:, 0], found.pairs[:, 1]]
    z = (found.correlation - expected) / found.standard_error
    assert np.abs(z).mean() < 1.2
    assert (found.pairs[:, 0] < found.pairs[:, 1]).all()
    assert (np.diff(found.adjusted_p) >= 0).all()


def test_the_error_is_what_repetition_shows():
    n_pairs = 40 * 39 // 2
    values, errors = np.empty((60, n_pairs)), np.empty((60, n_pairs))
    for seed in range(60):
        _, noisy, variances = drawn(seed, part=1.0)
        one = co_expression(GENES, noisy, variances, WEIGHTS)
        order = np.lexsort(one.pairs.T[::-1])
        values[seed], errors[seed] = one.correlation[order], one.standard_error[order]
    assert 0.9 < values.std(axis=0).mean() / errors.mean() < 1.1


def test_no_pair_is_told_where_classes_do_not_differ():
    wrong = [
        len(co_expression(GENES, *drawn(seed, part=0.0)[1:], WEIGHTS).pairs) for seed in range(40)
    ]
    assert np.count_nonzero(wrong) <= 4  # one in twenty, two standard errors


def test_a_gene_that_differs_does_not_draw_those_in_that_do_not():
    """Only pairs of which both genes move: false ones stay few, though most products are small."""
    false, all_of_them = 0, 0
    for seed in range(20):
        _, noisy, variances = drawn(seed, part=0.3)
        pairs = co_expression(GENES, noisy, variances, WEIGHTS).pairs
        false += int((pairs[:, 1] >= 12).sum())
        all_of_them += len(pairs)
    assert false < 0.1 * all_of_them


def test_only_the_first_genes_of_a_very_large_panel_are_paired():
    n = MOST_GENES + 5
    rng = np.random.default_rng(1)
    means = rng.normal(size=(2, n)) * 1e-3
    means[:, -2:] = [[5.0, 5.0], [-5.0, -5.0]]
    found = co_expression(
        tuple(f"G{i}" for i in range(n)), means, np.ones((2, n)), np.array([0.5, 0.5])
    )
    assert len(found.pairs) == 0


def test_the_file_has_a_line_for_each_pair_and_runs_nothing_in_a_spreadsheet():
    _, noisy, variances = drawn(0)
    found = co_expression(GENES, noisy, variances, WEIGHTS)
    lines = co_expression_bytes(found).decode().splitlines()
    assert lines[0] == "gene_a,gene_b,correlation,standard_error,adjusted_p"
    assert len(lines) == 1 + len(found.pairs)
    named = dataclasses.replace(found, genes=("=G0", "@G1", *GENES[2:]))
    assert b"\n=" not in co_expression_bytes(named)
