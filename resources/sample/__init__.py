"""The simulated sample cohort that a newcomer practises with."""
