"""How each hospital is doing in a run, and who is being waited for, in words."""

from __future__ import annotations

from typing import Final

from app.presenters.run import RunPhase, RunState
from app.presenters.wording import hospital_words, say, stage_words, time_of_day, title_of
from app.presenters.wording.states import LightName
from core.model.study import HospitalState, HospitalView

_OVER: Final = (HospitalState.FINISHED, HospitalState.LOST, HospitalState.REFUSED)


def stages_done(hospital: HospitalView, state: RunState) -> int:
    """Return of how many stages a hospital has computed its share.

    A stage that is open here is done by all: its totals need every hospital's share.
    """
    opened = sum(s.state == "ok" for s in state.stages)
    if hospital.own:
        return opened + int(state.current is not None and state.current.computed)
    return max(hospital.stages, opened)


def hospital_said(hospital: HospitalView, state: RunState) -> tuple[LightName, str]:
    """Return a hospital's light in a run, and where it is."""
    light, words = hospital_words(hospital.state)
    if hospital.state is HospitalState.LOST:
        when = say(" since {time}", time=time_of_day(state.ended)) if state.ended else ""
        return light, say("No answer{when}", when=when)
    if hospital.code:
        return light, f"{words} · {title_of(hospital.code)}"
    if state.phase in (RunPhase.FAILED, RunPhase.CANCELLED):
        return "idle", say("Stopped") if light == "ok" else words
    computing = hospital.own or hospital.state in (HospitalState.CONNECTED, HospitalState.IN_STEP)
    if state.phase is not RunPhase.RUNNING or not state.stages or not computing:
        return light, words
    return _computing(hospital, state, words)


def _computing(hospital: HospitalView, state: RunState, words: str) -> tuple[LightName, str]:
    done, n = stages_done(hospital, state), len(state.stages)
    if done >= n:
        return "ok", say("All {n} stages computed", n=n)
    if not hospital.own and state.current is None and done == 0:
        return "ok", words
    ahead = done > min(stages_done(h, state) for h in state.hospitals)
    if ahead:
        return "ok", say("Stage {done} of {n} computed, waits for the others", done=done, n=n)
    title = stage_words(state.stages[done].name).title
    return "busy", say("Computes stage {k} of {n}: {title}", k=done + 1, n=n, title=title)


def awaited(state: RunState) -> tuple[HospitalView, ...]:
    """Return the hospitals for which this computer waits; empty while it computes itself."""
    if state.phase is not RunPhase.RUNNING:
        return ()
    joining = (HospitalState.STARTING, HospitalState.READING)
    late = tuple(h for h in state.hospitals if not h.own and h.state in joining)
    if late and state.current is None:
        return late
    own = next((h for h in state.hospitals if h.own), None)
    if own is None or not state.stages:
        return ()
    mine = stages_done(own, state)
    return tuple(
        h
        for h in state.hospitals
        if not h.own and h.state not in _OVER and stages_done(h, state) < mine
    )


def awaited_sentence(state: RunState) -> str:
    """Say for whom this computer waits; empty if it waits for nobody."""
    names = ", ".join(h.name for h in awaited(state))
    if not names:
        return ""
    if state.current is None:
        return say("Waiting for {names} to connect.", names=names)
    return say(
        "This computer has done its part of the stage and waits for {names}; nothing is opened "
        "before every hospital is there.",
        names=names,
    )
