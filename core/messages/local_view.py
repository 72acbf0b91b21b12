"""The mark of events that show exact values to the hospital's own steward."""

from __future__ import annotations


class LocalView:
    """Marks events that show exact values of the hospital's own patients, or a secret, to its own
    steward.
    """

    __slots__ = ()
