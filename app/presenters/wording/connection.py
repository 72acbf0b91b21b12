"""Words about the way to the other hospitals: proxy, hosted relay, the doctor's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from app.presenters.wording.figures import size
from app.presenters.wording.language import say
from app.presenters.wording.problems import Problem, problem_of
from app.presenters.wording.states import LightName
from core.messages.study_events import ConnectionShown
from core.model.connection import ConnectionRow

_LIGHTS: Final[Mapping[str, LightName]] = MappingProxyType(
    {"pass": "ok", "warn": "warn", "fail": "fail", "wait": "idle"}
)
_SPOKEN: Final[Mapping[str, str]] = MappingProxyType(
    {"pass": "fine", "warn": "needs attention", "fail": "failed", "wait": "not checked"}
)
#: Errors that the connection doctor can say more about.
_OF_CONNECTION: Final = frozenset(
    {"SE401", "SE402", "SE404", "SE405", "SE406", "SE407", "SE408", "PR503", "PR504", "PR508"}
)


def concerns_connection(code: str) -> bool:
    """Return whether the connection doctor can help with an error."""
    return code in _OF_CONNECTION


def checking_note(*, asks_coordinator: bool) -> str:
    """Say what a check sends."""
    if asks_coordinator:
        return say(
            "These checks send no patient data and use none of the privacy cap. The coordinator’s "
            "computer is dialled and sees the certificate of this hospital, not its name; nothing "
            "is asked of it."
        )
    return say("These checks send no patient data and use none of the privacy cap.")


def verdict_light(verdict: str) -> LightName:
    """Return the light of a row; an unknown verdict has not been checked."""
    return _LIGHTS.get(verdict, "idle")


def verdict_words(verdict: str) -> str:
    """Return how a row went, for who cannot see the light."""
    return say(_SPOKEN.get(verdict, "not checked"))


def checked_words(rows: Sequence[ConnectionRow]) -> tuple[LightName, str]:
    """Say the outcome of all checks in one line."""
    failed = sum(row.verdict == "fail" for row in rows)
    attention = sum(row.verdict == "warn" for row in rows)
    if failed:
        return "fail", say("{n} of {all} needs action", n=failed, all=len(rows))
    if attention:
        return "warn", say("{n} of {all} needs attention", n=attention, all=len(rows))
    return "ok", say("All is well")


def proxy_words(shown: ConnectionShown) -> str:
    """Say how this computer dials out."""
    if not shown.proxy_host:
        return say("This computer dials directly, without a proxy.")
    place = f"{shown.proxy_host}:{shown.proxy_port}"
    if not shown.proxy_user:
        return say("This computer dials through the proxy {place}.", place=place)
    user = shown.proxy_user
    if not shown.has_password:
        return say(
            "This computer dials through the proxy {place} as {user}, but the password is "
            "missing: type it again.",
            place=place,
            user=user,
        )
    return say("This computer dials through the proxy {place} as {user}.", place=place, user=user)


def password_words(shown: ConnectionShown) -> str:
    """Say where the proxy's password is kept."""
    if not shown.key_store:
        return say(
            "This computer has no keyring: the password is held until the window closes, and "
            "never written to a file."
        )
    if shown.password_kept:
        return say("Kept in the keyring of this computer. Leave it empty to keep it.")
    if shown.has_password:
        return say("The keyring did not take it: it holds until the window closes.")
    return say("It goes into the keyring of this computer, never into a file.")


def hosting_problem(code: str, fields: tuple[tuple[str, str], ...]) -> Problem:
    """Return the words of a relay on this computer that did not start or stop."""
    problem = problem_of(code, fields)
    if code != "WO604":
        return problem
    return replace(
        problem,
        title=say("The relay did not start"),
        text=say("{reason}.", reason=_sentence(dict(fields).get("reason", ""))),
        remedy=say("Choose another port, or end the program that uses this one."),
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def relay_words(shown: ConnectionShown) -> str:
    """Say what the relay on this computer does now; names nobody."""
    n = shown.relay_connections
    passed = size(shown.relay_bytes)
    if n == 1:
        return say("1 open connection, {size} passed on", size=passed)
    return say("{n} open connections, {size} passed on", n=n, size=passed)
