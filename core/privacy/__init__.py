"""Privacy loss of joint sums with integer noise: exact noise, accounting, calibration, ledger."""
