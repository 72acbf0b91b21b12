"""Recipes: what is measured jointly, and the model that follows from it. One package per recipe.

    design (public) -> requests -> calibrated stages in the plan -> local totals -> measurements
    -> model -> samples

Everything after the measurements is pure post-processing: the same at every hospital, no patient
in reach.
"""
