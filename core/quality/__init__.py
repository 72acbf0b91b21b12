"""Judge a synthetic cohort against one hospital's own real patients.

Everything here reads real patients and is exact: a LocalView. It is shown on the hospital's own
screen, never logged, stored elsewhere or sent to a peer, and no decision that follows from it is
covered by the privacy guarantee.

References:
    quality.md; privacy.md section 8.3.
"""
