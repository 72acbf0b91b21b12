import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestNeighbors

from core.quality.jointly import Distances, mmd_squared, overlap, squared_distances


def test_distances_agree_with_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(20, 5)), rng.normal(size=(30, 5))
    assert squared_distances(a, b) == pytest.approx(cdist(a, b, "sqeuclidean"))
    found = Distances.of(a, b)
    assert found.first(7).within_other.shape == (7, 7)
    assert found.first(7).between.shape == (20, 7)
    some = found.some(np.arange(20) < 3, np.arange(30) > 27)
    assert (some.within.shape, some.within_other.shape) == ((3, 3), (2, 2))
    assert some.between == pytest.approx(cdist(a[:3], b[28:], "sqeuclidean"))


def test_the_discrepancy_agrees_with_a_sum_over_pairs_of_scikit_learns_kernel():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(15, 4)), rng.normal(0.5, 1, (12, 4))
    own, theirs, cross = rbf_kernel(a), rbf_kernel(b), rbf_kernel(a, b)  # gamma is 1 / 4
    expected = (
        sum(own[i, j] for i in range(15) for j in range(15) if i != j) / (15 * 14)
        + sum(theirs[i, j] for i in range(12) for j in range(12) if i != j) / (12 * 11)
        - 2 * cross.mean()
    )
    assert mmd_squared(Distances.of(a, b), 4) == pytest.approx(expected)
    assert mmd_squared(Distances.of(a, b[:1]), 4) is None


def test_the_discrepancy_is_unbiased():
    rng = np.random.default_rng(2)
    found = [
        mmd_squared(Distances.of(rng.normal(size=(20, 6)), rng.normal(size=(30, 6))), 6)
        for _ in range(400)
    ]
    assert abs(np.mean(found)) < 4 * np.std(found) / 20
    assert min(found) < 0 < max(found)


def test_the_overlap_agrees_with_nearest_neighbours_of_scikit_learn():
    rng = np.random.default_rng(3)
    a, b, k = rng.normal(size=(60, 3)), rng.normal(0.7, 1, (50, 3)), 5
    reach = NearestNeighbors(n_neighbors=k).fit(a).kneighbors()[0][:, -1]
    reach_b = NearestNeighbors(n_neighbors=k).fit(b).kneighbors()[0][:, -1]
    between = cdist(a, b)
    found = overlap(Distances.of(a, b), k)
    assert found.precision == np.mean([(between[:, j] < reach).any() for j in range(50)])
    assert found.recall == np.mean([(between[i] < reach_b).any() for i in range(60)])
    assert found.density == pytest.approx((between < reach[:, None]).sum() / (k * 50))
    assert found.coverage == np.mean([between[i].min() < reach[i] for i in range(60)])


def test_the_overlap_of_the_same_of_strangers_and_of_one_clump():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(300, 2)), rng.normal(size=(300, 2))
    same = overlap(Distances.of(a, b))
    assert min(same.precision, same.recall, same.coverage) > 0.9
    assert same.density == pytest.approx(1.0, abs=0.15)
    far = overlap(Distances.of(a, b + 100))
    assert (far.precision, far.recall, far.density, far.coverage) == (0, 0, 0, 0)
    clump = overlap(Distances.of(a, 0.05 * b))
    assert clump.precision > 0.95
    assert clump.recall < 0.1
    assert overlap(Distances.of(a[:5], b)) is None
