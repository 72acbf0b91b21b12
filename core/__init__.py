"""SynCohort without a window: cohorts, privacy, the joint computation, the synthetic cohort."""

__version__ = "0.1.0"
