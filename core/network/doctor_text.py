"""What a steward can send to the hospital's IT department."""

from __future__ import annotations

from core.model.peer import RelayRoute
from core.network.doctor import Patient
from core.network.doctor_rows import CheckRow


def it_text(patient: Patient, rows: tuple[CheckRow, ...]) -> str:
    """Return what is needed and what was found: plain text without tokens or passwords."""
    needs = [
        "SynCohort lets hospitals compute together without showing patients to each other.",
        "What it needs from the network:",
        f"- outgoing TCP from this computer to {patient.host}, port {patient.port}",
    ]
    if isinstance(patient.route, RelayRoute):
        needs += [
            "- nothing comes in; all hospitals meet at that address, a blind relay",
            "- TLS 1.3 end to end: please except this address from TLS inspection, since the",
            "  certificate is pinned and an opened connection is refused",
        ]
    else:
        needs += [
            "- during a run, TCP between the computers of all hospitals of the study, within",
            "  this network (direct mode, without a relay)",
            "- TLS 1.3 end to end, both certificates pinned; TLS inspection breaks it",
        ]
    needs += [
        "- connections that stay open for hours; there is a sign of life every 10 seconds",
        "- or an HTTP proxy that allows CONNECT to this address, without login or with Basic",
        "  (not NTLM or Kerberos; a local proxy such as Px or Cntlm can log in instead)",
        "",
        "What the connection doctor found:",
    ]
    found = [
        f"[{row.verdict.value}] {row.name}: {row.finding}{' ' if row.advice else ''}{row.advice}"
        for row in rows
    ]
    return "\n".join([*needs, *found]) + "\n"
