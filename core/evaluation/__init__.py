"""Judging the synthetic table together: every hospital on its own held-out patients, summed with
joint noise. No recipe knows of it, and it knows of none.
"""
