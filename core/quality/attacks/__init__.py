"""Smoke alarms: copies, and guesses at who took part. LocalView.

A smoke alarm, not a proof: the guarantee rests on the mechanism, and no number here may be shown
as evidence of privacy. At epsilon <= 50 published attacks sit at chance on generators that are
differentially private; what these find is a mistake in software, or a generator that is not.

References:
    quality.md "Attacks".
"""
