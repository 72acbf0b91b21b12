"""Which patients are kept aside to judge a synthetic cohort: a keyed hash of the patient alone.

A patient's side depends on the key and on this patient only, never on who else is in the cohort,
so adding a patient moves nobody else. The key is secret to its hospital and drawn once per cohort.

References:
    privacy.md section 1.
"""

from __future__ import annotations

import hashlib
import hmac
import math

from core.errors import InternalError
from core.randomness import KEY_BYTES

_PURPOSE = b"syncohort holdout 1:"


def in_holdout(key: bytes, identifier: str, share: float) -> bool:
    """Tell whether this patient is kept aside.

    Args:
        key: 32 bytes, the cohort's holdout key.
        identifier: The hospital's stable identifier of the patient.
        share: Proportion of patients to keep aside, 0 to 1.

    >>> in_holdout(bytes(32), "P-1", 0.0), in_holdout(bytes(32), "P-1", 1.0)
    (False, True)

    Raises:
        InternalError: If the key has another length or the share is no proportion.
    """
    if len(key) != KEY_BYTES:
        raise InternalError("IN901", rule=f"a holdout key has {KEY_BYTES} bytes")
    if not (math.isfinite(share) and 0 <= share <= 1):
        raise InternalError("IN901", rule="a holdout share is a proportion")
    mac = hmac.digest(key, _PURPOSE + identifier.encode(), hashlib.sha256)
    return int.from_bytes(mac[:8], "big") < math.floor(share * 2**64)
