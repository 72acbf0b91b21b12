"""Every stage of the recipe moments counted a second time, from the specification alone."""

import math

import numpy as np

from core.statistics.encoding import encode_patient
from core.synthesis.moments import fit as fitting
from core.synthesis.reference.panel import panel_reference


def naive_levels(level, spread):
    a, b = np.clip([level / 8 - 1, spread / 2.5 - 1], -1, 1)
    return np.array([a, b, a**2 - 0.5, b**2 - 0.5, a * b])


def naive_class_levels(level, spread, around):
    return np.array(
        [min(1, max(-1, (level - around[0]) / 2)), min(1, max(-1, spread - around[1]))]
    )


def naive_cross(record, scores):
    longest = 1.15 * math.sqrt(len(record))
    v = np.clip(record, -6, 6)
    v = v * min(1.0, longest / np.linalg.norm(v))
    longest = 1.25 * math.sqrt(len(scores))
    t = np.clip(scores, -longest, longest)
    t = t * min(1.0, longest / np.linalg.norm(t))
    return np.array([a * b for a in v for b in t])


def naive_scores(record, reference, k):
    if reference is None:
        return None
    count = min(k, len(reference.variances))
    unit = [reference.directions[:, j] / math.sqrt(reference.variances[j]) for j in range(count)]
    return np.array([record @ u for u in unit])


def recipe_levels(measured):
    """The released means of all, from the five sums."""
    sums = measured["levels"]
    n_records = fitting.class_counts(measured).sum()
    a, b = np.clip(sums.real()[:2] / n_records, -1, 1)
    return 8 * (a + 1), max(2.5 * (b + 1), 0.1)


def naive_of_levels(name, levels, label, measured):
    if name == "levels":
        return naive_levels(*levels), 0
    return naive_class_levels(*levels, recipe_levels(measured)), 2 * label


def naive_total(plan, stage, patients, measurements):
    """Every stage's sum written out patient by patient, from the specification."""
    reference = panel_reference(plan.reference, len(plan.genes))
    measured = fitting.by_stage(measurements)
    number = dict(plan.recipe_parameters)
    sums = [0] * stage.values
    if stage.name == "class-counts":
        return np.bincount(patients.class_index, minlength=stage.values) * stage.linf
    rows = zip(patients.values, patients.class_index.tolist(), patients.levels, strict=True)
    for record, label, levels in rows:
        block = 0
        if "levels" in stage.name:
            real, block = naive_of_levels(stage.name, levels, label, measured)
        elif stage.name == "centre":
            real = record - (0 if reference is None else reference.mean)
        elif stage.name == "scale":
            first = fitting.first_standard(measured, reference)
            real = np.minimum(((record - first.centre) / first.scale) ** 2, 9.0) - 1
        else:
            standard = fitting.standard(measured, reference)
            real = (record - standard.centre) / standard.scale
            k = 4 if stage.name == "class-scores" else number["cross_factors"]
            scores = naive_scores(real, reference, k)
            if stage.name == "class-scores":
                real = scores
            if stage.name == "cross":
                real = naive_cross(real, scores)
            if stage.name != "cross":
                block = label * len(real)
        for i, amount in enumerate(encode_patient(real, stage.units, stage.l2_sq, stage.linf)):
            sums[block + i] += int(amount)
    return np.array(sums)
