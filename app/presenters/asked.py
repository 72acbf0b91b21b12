"""Which presenter asked: the names of commands, by the page that sends them."""

from __future__ import annotations

from typing import Final

from core.messages.commands import (
    AskGene,
    AskReport,
    Command,
    InspectFile,
    ListActivity,
    ListCohorts,
    ListStudies,
    OpenCohort,
    OpenExample,
    PrepareDemonstration,
    StartStudy,
)
from core.messages.identity_commands import (
    AskIdentity,
    BackUpIdentity,
    RenewIdentity,
    RestoreIdentity,
)
from core.messages.ledger_commands import LedgerCommand
from core.messages.reference_messages import ReferenceCommand
from core.messages.release_commands import ReleaseCommand
from core.messages.study_commands import (
    AcceptParticipant,
    ApprovePlan,
    AskConnection,
    CheckConnection,
    CloseRoster,
    HostRelay,
    JoinStudy,
    LeaveStudy,
    ListLobbies,
    MakeInvitation,
    MarkCompared,
    OpenInvitation,
    OpenLobby,
    PublishCounts,
    RefusePlan,
    RemoveParticipant,
    RunStudy,
    SetProxy,
    SetUpApprover,
    SignPlan,
    StopRelay,
)


def _names(*commands: type[Command]) -> frozenset[str]:
    return frozenset(c.__name__ for c in commands)


COHORT: Final = _names(InspectFile, OpenCohort, OpenExample)
JOIN: Final = _names(PrepareDemonstration, StartStudy)
RESULTS: Final = _names(AskReport, AskGene)
RELEASE: Final = _names(*ReleaseCommand.__args__)
LOBBY: Final = _names(
    ListLobbies,
    OpenLobby,
    MakeInvitation,
    AcceptParticipant,
    RemoveParticipant,
    MarkCompared,
    CloseRoster,
    SignPlan,
    RefusePlan,
    ApprovePlan,
    PublishCounts,
    RunStudy,
    LeaveStudy,
)
INVITED: Final = _names(OpenInvitation, JoinStudy)
IDENTITY: Final = _names(
    AskIdentity, BackUpIdentity, RestoreIdentity, RenewIdentity, SetUpApprover
)
CONNECTION: Final = _names(AskConnection, CheckConnection, HostRelay, SetProxy, StopRelay)
RECORDS: Final = _names(ListStudies, ListCohorts, ListActivity)
REFERENCE: Final = _names(*ReferenceCommand.__args__)
LEDGER: Final = _names(*LedgerCommand.__args__)
