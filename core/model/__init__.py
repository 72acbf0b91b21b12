"""Plain frozen values shared by every room: plan, budget, cohort summary, measurement, release,
quality.
"""
