"""The identity in a hospital's worker: saved, brought back, renewed; studies go on or are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import StudyError, SynCohortError, WorkerError
from core.messages import identity_commands as who
from core.messages import study_commands as ask
from core.messages import study_events as said
from core.messages.commands import Introduce
from core.messages.events import Refused
from core.model.invitation import MeetingPoint
from core.model.lobby import Phase
from core.network import installation
from core.study.invitation import read_invitation
from core.worker.home import Home
from core.worker.hospital import Hospital
from core.worker.installation.session_shelf import SessionShelf
from tests.unit.study.joint_study import GENES, NO_PATIENTS
from tests.unit.worker.lobby_twin import Clock

PASSPHRASE = "the words of this hospital"
BACKUP = "the words of the backup"
YEAR_S = 365.25 * 86_400


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(installation, "_SCRYPT_N", 1 << 14)


class Keys:
    """The key store of one user; none with a reason."""

    def __init__(self, reason=""):
        self.kept, self.reason = {}, reason

    def unavailable(self):
        return self.reason

    def read(self, name):
        return self.kept.get(name)

    def write(self, name, text):
        self.kept[name] = text

    def remove(self, name):
        self.kept.pop(name, None)


class Site:
    """One installation; ``restarted`` is the same one after a restart."""

    def __init__(self, home: Path, keys: Keys, clock: Clock | None = None) -> None:
        self.home, self.keys, self.clock = home, keys, clock or Clock()
        self.heard: list = []
        self.hospital = Hospital(
            home=Home(home, rehearsal=False),
            emit=self.heard.append,
            clock=self.clock,
            keys=keys,
        )

    async def does(self, command, kind=None):
        self.heard.clear()
        await self.hospital.perform(command)
        for event in self.heard:
            if isinstance(event, Refused):
                raise SynCohortError.from_code(event.code, event.fields)
        return next((e for e in self.heard if kind is None or isinstance(e, kind)), None)

    async def opens(self, passphrase=PASSPHRASE) -> said.IdentityShown:
        await self.does(Introduce(hospital="North", app_version="0"))
        return await self.does(who.AskIdentity(passphrase=passphrase), said.IdentityShown)

    async def restarted(self) -> Site:
        await self.hospital.close()
        return Site(self.home, self.keys, self.clock)

    async def begins(self, title="Leukaemia") -> said.LobbyChanged:
        """Create a study without patients, from a list of genes."""
        return await self.does(
            ask.CreateStudy(
                title=title,
                purpose="To learn.",
                cohort_id="",
                genes=GENES,
                label_name="diagnosis",
                classes=("AML", "ALL"),
                recipe="marginals",
                epsilon=1.0,
                delta=1e-6,
                n_max=1000,
                n_records=None,
                meeting=MeetingPoint(host="127.0.0.1", port=1, relay=False),
                attestations=NO_PATIENTS,
            ),
            said.LobbyChanged,
        )


Play = Callable[[Callable[[], Awaitable[None]]], None]


@pytest.fixture(params=["", "no key store here"])
def keys(request) -> Keys:
    return Keys(request.param)


def played(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(story())


def test_it_says_where_the_key_is_and_why(tmp_path: Path, keys: Keys) -> None:
    async def story() -> None:
        site = Site(tmp_path, keys)
        if keys.reason:
            with pytest.raises(WorkerError, match=r"WO612.*no key store here"):
                await site.opens("")
            with pytest.raises(WorkerError, match=r"WO612.*at least 12"):
                await site.opens("short")
        shown = await site.opens()
        assert shown.in_keyring is (keys.reason == "")
        assert shown.kept_reason == keys.reason
        assert not shown.due
        site = await site.restarted()
        if keys.reason:
            with pytest.raises(WorkerError, match="WO615"):
                await site.opens("")
            with pytest.raises(WorkerError, match="WO613"):
                await site.opens("another passphrase")
        assert (await site.opens()).words == shown.words
        await site.hospital.close()

    played(story)


def test_a_backup_is_restored_on_another_computer(tmp_path: Path, keys: Keys) -> None:
    async def story() -> None:
        north = Site(tmp_path / "north", keys)
        shown = await north.opens()
        target = str(tmp_path / "north.backup")
        backup = who.BackUpIdentity(path=target, passphrase=BACKUP)
        assert (await north.does(backup)).file_name == "north.backup"

        new = Site(tmp_path / "new", Keys(keys.reason))
        wrong = who.RestoreIdentity(path=target, passphrase="not this one", replace=False)
        with pytest.raises(WorkerError, match="WO613"):
            await new.does(wrong)
        restore = replace(wrong, passphrase=BACKUP)
        changed = await new.does(restore, said.IdentityReplaced)
        assert (changed.former_words, changed.words) == ("", shown.words)
        new = await new.restarted()
        assert (await new.opens(BACKUP)).words == shown.words
        await north.hospital.close()
        await new.hospital.close()

    played(story)


def test_another_identity_is_replaced_only_when_that_is_wanted(tmp_path: Path, keys: Keys) -> None:
    async def story() -> None:
        north = Site(tmp_path / "north", keys)
        words = (await north.opens()).words
        target = str(tmp_path / "backup")
        await north.does(who.BackUpIdentity(path=target, passphrase=BACKUP))
        river = Site(tmp_path / "river", Keys(keys.reason))
        present = (await river.opens()).words
        study = (await river.begins("River's study")).lobby.study_id
        asked = who.RestoreIdentity(path=target, passphrase=BACKUP, replace=False)
        with pytest.raises(WorkerError, match=f"WO614.*{present}.*{words}"):
            await river.does(asked)
        assert (await river.opens()).words == present
        changed = await river.does(replace(asked, replace=True), said.IdentityReplaced)
        assert changed.going_on == ("River's study",)
        assert changed.to_join_again == ()
        river = await river.restarted()
        shown = await river.opens(BACKUP)
        assert (shown.words, shown.former_studies) == (words, ("River's study",))
        made = ask.MakeInvitation(study_id=study, valid_s=100)
        made = await river.does(made, said.InvitationMade)
        signer = read_invitation(made.text).coordinator_sha256  # still the former identity
        assert signer != shown.certificate_sha256
        await river.hospital.close()
        await north.hospital.close()

    played(story)


def test_a_locked_identity_cannot_be_kept_and_its_studies_are_named(tmp_path: Path) -> None:
    async def story() -> None:
        north = Site(tmp_path / "north", Keys("none"))
        await north.opens()
        target = str(tmp_path / "backup")
        await north.does(who.BackUpIdentity(path=target, passphrase=BACKUP))
        river = Site(tmp_path / "river", Keys("none"))
        await river.opens()
        study = (await river.begins()).lobby.study_id
        river = await river.restarted()  # and its passphrase is forgotten
        asked = who.RestoreIdentity(path=target, passphrase=BACKUP, replace=True)
        changed = await river.does(asked, said.IdentityReplaced)
        assert changed.to_join_again == ("Leukaemia",)
        assert (await river.opens(BACKUP)).lost_studies == ("Leukaemia",)
        with pytest.raises(StudyError, match="ST718"):
            await river.does(ask.OpenLobby(study_id=study))
        listed = await river.does(ask.ListLobbies(), said.LobbiesListed)
        assert ("identity-gone", "") in listed.lobbies[0].warnings
        left = ask.LeaveStudy(study_id=study, reason="The passphrase is forgotten.")
        assert (await river.does(left, said.LobbyChanged)).lobby.phase is Phase.ENDED
        await river.hospital.close()
        await north.hospital.close()

    played(story)


def test_a_renewal_leaves_studies_their_identity_and_forgets_it_after_them(
    tmp_path: Path, keys: Keys
) -> None:
    async def story() -> None:
        site = Site(tmp_path, keys)
        old = await site.opens()
        study = (await site.begins("Before")).lobby.study_id
        if keys.reason:
            with pytest.raises(WorkerError, match="WO613"):
                await site.does(who.RenewIdentity(passphrase="another passphrase"))
        renew = who.RenewIdentity(passphrase=PASSPHRASE)
        changed = await site.does(renew, said.IdentityReplaced)
        assert (changed.former_words, changed.going_on) == (old.words, ("Before",))
        site = await site.restarted()
        shown = await site.opens()
        assert shown.words == changed.words != old.words
        assert shown.renewed
        assert shown.former_studies == ("Before",)
        after = (await site.begins("After")).lobby
        own = {p.words for p in after.participants}
        assert own == {changed.words}
        left = ask.LeaveStudy(study_id=study, reason="Over.")
        assert (await site.does(left, said.LobbyChanged)).lobby.phase is Phase.ENDED
        site = await site.restarted()
        assert (await site.opens()).former_studies == ()
        assert old.certificate_sha256[:32] not in str(site.keys.kept)
        assert '"former": []' in (tmp_path / "joint" / "identity.json").read_text()
        await site.hospital.close()

    played(story)


def test_an_end_is_told_beforehand_and_nothing_begins_after_it(tmp_path: Path, keys: Keys) -> None:
    async def story() -> None:
        site = Site(tmp_path, keys)
        assert not (await site.opens()).due
        study = (await site.begins()).lobby.study_id
        site.clock.time += 4.9 * YEAR_S
        assert (await site.opens()).due
        await site.begins("Still good")
        site.clock.time += 0.2 * YEAR_S
        assert (await site.opens()).expired
        with pytest.raises(WorkerError, match="WO616"):
            await site.begins("Too late")
        changed = await site.does(who.RenewIdentity(passphrase=PASSPHRASE), said.IdentityReplaced)
        assert changed.going_on == ()  # nobody accepts the ended certificate any more
        assert set(changed.to_join_again) == {"Leukaemia", "Still good"}
        await site.begins("In time")
        assert SessionShelf(tmp_path / "joint").session(study).phase is Phase.DRAFTED
        await site.hospital.close()

    played(story)


def test_a_damaged_identity_can_be_restored(tmp_path: Path) -> None:
    async def story() -> None:
        keys = Keys()
        site = Site(tmp_path, keys)
        words = (await site.opens()).words
        target = str(tmp_path / "backup")
        await site.does(who.BackUpIdentity(path=target, passphrase=BACKUP))
        (tmp_path / "joint" / "identity.json").write_text("{")
        site = await site.restarted()
        with pytest.raises(WorkerError, match="WO606"):
            await site.opens()
        asked = who.RestoreIdentity(path=target, passphrase=BACKUP, replace=False)
        with pytest.raises(WorkerError, match="WO614"):
            await site.does(asked)
        await site.does(replace(asked, replace=True))
        assert (await site.opens()).words == words
        await site.hospital.close()

    played(story)
