"""Which genes a study that is written down has, in one line with its light."""

from __future__ import annotations

from app.presenters.draft_state import DraftState
from app.presenters.wording import count, say
from app.views.widgets import LightState


def genes_said(state: DraftState) -> tuple[LightState, str]:
    """Return which genes the study has, and the light of it."""
    if state.without_patients and not state.gene_file:
        return "idle", state.wrong_genes
    if not state.own_genes and not state.without_patients:
        return "busy", state.wrong_genes
    if state.wrong_genes:
        return "fail", state.wrong_genes
    n = count(len(state.genes))
    if state.candidates:
        return "ok", _settings_genes(state, n)
    if state.without_patients:
        words = say("{n} genes from {file}.", n=n, file=state.gene_file)
    elif state.gene_file:
        words = say("{n} genes from {file}; all are in your file.", n=n, file=state.gene_file)
    elif len(state.genes) < len(state.own_genes) and state.reference:
        words = say("The {n} genes of your file that vary most in the public reference.", n=n)
    elif len(state.genes) < len(state.own_genes):
        words = say("The first {n} genes of your file, as planned in the step before.", n=n)
    else:
        words = say("All {n} genes of your file.", n=n)
    return "ok", words


def _settings_genes(state: DraftState, n: str) -> str:
    """Say of which genes each setting that is tried takes how many."""
    if state.reference:
        return say(
            "Up to {n} genes: each setting below takes those that vary most in the public "
            "reference.",
            n=n,
        )
    return say("Up to {n} genes: each setting below takes the first of them.", n=n)
