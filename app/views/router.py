"""Which page is on the screen: sections, steps, dialogs over them, the notice above them."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from app.presenters.crossing import leaves_elsewhere, leaves_of_study
from app.presenters.desk import Desk, WorkerState
from app.presenters.flow import Step
from app.presenters.kinds import Kind
from app.presenters.preferences import PreferencesPresenter
from app.presenters.wording import say
from app.settings import Settings
from app.views.connection_door import ConnectionDoor
from app.views.dialogs.cancel import CloseDialog
from app.views.dialogs.help import HelpDialog
from app.views.dialogs.invitation import JoinDialog
from app.views.dialogs.messages import MessagesDialog
from app.views.page import Page
from app.views.pages.activity import ActivityPage
from app.views.pages.agreed import AgreedPage
from app.views.pages.ask import AskPage
from app.views.pages.cohort import CohortPage
from app.views.pages.cohorts import CohortsPage
from app.views.pages.draft import DraftPage
from app.views.pages.invitation import InvitationPage
from app.views.pages.join import JoinPage
from app.views.pages.joint_run import JointRunPage
from app.views.pages.ledger import LedgerPage
from app.views.pages.live import LivePage
from app.views.pages.lobby import LobbyPage
from app.views.pages.past import PastStepPage
from app.views.pages.privacy import PrivacyPage
from app.views.pages.results import ResultsPage
from app.views.pages.run import RunPage
from app.views.pages.settings import SettingsPage
from app.views.pages.settings_identity import identity_notice
from app.views.pages.step import alarm_banner, problem_banner
from app.views.pages.studies import StudiesPage
from app.views.rail import Section
from app.views.shell import MainWindow
from app.views.widgets import Banner, button
from core.model.study import CohortView, StudyView


class Router(QObject):
    """Connects the presenters to the window. Invariant: the page matches the presenters."""

    def __init__(
        self, window: MainWindow, desk: Desk, settings: Settings, preferences: PreferencesPresenter
    ) -> None:
        """Show the studies."""
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._settings = settings
        self._preferences = preferences
        self._door = ConnectionDoor(window, desk, settings)
        self._in_study = False
        self._was_active = False
        self._step: tuple[object, ...] | None = None
        window.section_chosen.connect(self._choose_section)
        window.new_study_wanted.connect(self.new_study)
        window.help_wanted.connect(self._help)
        window.invitation_dropped.connect(self.open_invitation)
        window.messages_wanted.connect(self._messages)
        window.close_asked.connect(self._ask_close)
        study = desk.study
        study.changed.connect(self._follow_study)
        study.run.changed.connect(self._call_attention)
        study.leave_wanted.connect(self.show_studies)
        study.draft.referenced.connect(settings.keep_reference)
        study.invited.opened.connect(self.show_study)
        preferences.changed.connect(self._identify)
        desk.changed.connect(self._notice)
        desk.ledger.alarmed.connect(self._notice)
        desk.identity.changed.connect(self._notice)
        steps = (study, study.join, study.invited, study.lobbies, study.run, study.results)
        parts = (*steps, desk, desk.connection)
        for presenter in parts:
            presenter.changed.connect(self._leaves)
        self._identify()
        self.show_studies()

    # ---- where to go

    def show_studies(self) -> None:
        """Show the list of studies."""
        self._in_study = False
        self._place(Section.STUDIES, self._studies)

    def show_study(self) -> None:
        """Show the study that is open."""
        if self._desk.study.flow is None:
            self.show_studies()
            return
        self._in_study = True
        self._step = None
        self._follow_study()

    def new_study(self) -> None:
        """Open a new study, unless one is running."""
        desk = self._desk
        ready = desk.state.worker is WorkerState.READY and not desk.records.state.ledger_is_broken
        if ready and not desk.study.busy:
            desk.study.close()
            desk.study.begin()
            self.show_study()

    def practise(self) -> None:
        """Open the practice study."""
        if not self._desk.study.busy:
            self._desk.study.close()
            self._desk.study.practise()
            self.show_study()

    def join_with_invitation(self) -> None:
        """Take an invitation in, as a file or as text."""
        self._ask_invitation()

    def open_invitation(self, path: str) -> None:
        """Open an invitation that was dropped, or with which the application was started."""
        if self._ask_invitation():
            self._desk.study.invited.take_file(path)
        else:
            self._desk.object_to_invitation()

    def called(self, path: str) -> None:
        """Come to the front: somebody started the application again, perhaps with a file."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.raise_()
        window.activateWindow()
        QApplication.alert(window)
        if path:
            self.open_invitation(path)

    def open_lobby(self, study_id: str) -> None:
        """Open a study between hospitals."""
        study = self._desk.study
        here = study.lobby is not None and study.lobby.study_id == study_id
        if here:
            self.show_study()
        elif not study.busy:
            study.close()
            study.open_lobby(study_id)
            self.show_study()

    def reopen(self, study: StudyView) -> None:
        """Open a finished study."""
        if not self._desk.study.busy:
            self._desk.study.close()
            self._desk.study.reopen(study)
            self.show_study()

    def use_cohort(self, cohort: CohortView | None) -> None:
        """Open a new study with a cohort, or with a file still to be chosen."""
        if not self._desk.study.busy:
            self._desk.study.close()
            self._desk.study.begin(cohort)
            self.show_study()

    # ---- pages

    def _studies(self) -> Page:
        page = StudiesPage(self._desk, named=bool(self._settings.hospital_name))
        page.name_wanted.connect(self._show_settings)
        page.new_wanted.connect(self.new_study)
        page.practice_wanted.connect(self.practise)
        page.current_wanted.connect(self.show_study)
        page.reopen_wanted.connect(self.reopen)
        page.join_wanted.connect(self.join_with_invitation)
        page.lobby_wanted.connect(self.open_lobby)
        page.ledger_wanted.connect(self._show_ledger)
        return page

    def _cohorts(self) -> Page:
        page = CohortsPage(self._desk)
        page.study_wanted.connect(self.use_cohort)
        return page

    def _ledger(self) -> Page:
        return LedgerPage(self._desk, self._settings)

    def _activity(self) -> Page:
        return ActivityPage(self._desk, self._settings)

    def _settings_page(self) -> Page:
        page = SettingsPage(self._preferences, self._desk.identity, self._desk.connection)
        page.check_wanted.connect(self._door.check_settings)
        page.stop_relay_wanted.connect(self._door.ask_stop)
        return page

    def _step_page(self) -> Page:
        page = self._make_step()
        page.check_wanted.connect(self._door.check_study)
        return page

    def _make_step(self) -> LivePage:
        study = self._desk.study
        flow = study.flow
        step = flow.shown if flow is not None else Step.COHORT
        past = study.past is not None
        if flow is not None and (flow.read_only or (past and step < Step.RESULTS)):
            return PastStepPage(study, self._desk.records)
        if study.reading_invitation:
            return InvitationPage(study)
        agreed = study.kind is Kind.JOIN
        make: dict[Step, Callable[[], LivePage]] = {
            Step.COHORT: lambda: CohortPage(study, self._settings),
            Step.PRIVACY: lambda: (
                AgreedPage(study) if agreed else PrivacyPage(study, self._settings)
            ),
            Step.JOIN: self._join_page,
            Step.RUN: self._run_page,
            Step.RESULTS: lambda: ResultsPage(study, self._desk.records, self._settings),
        }
        return make[step]()

    def _run_page(self) -> LivePage:
        if self._desk.study.lobby is not None:
            return JointRunPage(self._desk, self._settings)
        return RunPage(self._desk.study)

    def _join_page(self) -> LivePage:
        study = self._desk.study
        match study.kind:
            case Kind.LOCAL:
                return JoinPage(study, self._settings)
            case Kind.CREATE:
                return DraftPage(study, self._settings, self._desk.connection)
            case Kind.JOIN:
                return AskPage(study)
            case Kind.LOBBY:
                return LobbyPage(self._desk, self._settings)
        assert_never(study.kind)

    def _show_settings(self) -> None:
        self._choose_section(Section.SETTINGS.value)

    def _show_ledger(self) -> None:
        self._choose_section(Section.LEDGER.value)

    def _place(self, section: Section, make: Callable[[], Page]) -> None:
        def made() -> Page:
            page = make()
            self._put_notice(page)
            return page

        if section is not Section.LEDGER:
            self._desk.ledger.leave()
        self._window.show_page(section, made)
        self._leaves()

    def _choose_section(self, name: str) -> None:
        section = Section(name)
        self._in_study = False
        match section:
            case Section.STUDIES:
                self.show_studies()
            case Section.COHORTS:
                self._place(section, self._cohorts)
            case Section.LEDGER:
                self._place(section, self._ledger)
            case Section.ACTIVITY:
                self._place(section, self._activity)
            case Section.SETTINGS:
                self._place(section, self._settings_page)
            case _:
                assert_never(section)

    # ---- following the presenters

    def _follow_study(self) -> None:
        study = self._desk.study
        self._hold_open()
        if not self._in_study:
            return
        if study.flow is None:
            self.show_studies()
            return
        past = study.past.digest if study.past is not None else ""
        kind = study.kind if study.flow.shown is Step.JOIN else ""
        lobby = study.lobby.study_id if study.lobby is not None else ""
        step = (
            study.flow.shown,
            study.flow.read_only,
            past,
            kind,
            lobby,
            study.reading_invitation,
        )
        if step != self._step:
            self._step = step
            self._place(Section.STUDIES, self._step_page)

    def _leaves(self) -> None:
        self._hold_open()
        leaves = (
            leaves_of_study(self._desk.study) if self._in_study else leaves_elsewhere(self._desk)
        )
        self._window.set_leaves(leaves)

    def _hold_open(self) -> None:
        """Ask before closing ends a run, or the relay that other hospitals use."""
        self._window.hold_open(held=self._desk.study.busy or self._door.holds)

    def _call_attention(self) -> None:
        """Let the task bar tell whoever works in another window that the run is over."""
        active = self._desk.study.run.state.active
        if self._was_active and not active:
            QApplication.alert(self._window)
        self._was_active = active

    def _identify(self) -> None:
        settings, study = self._settings, self._desk.study
        self._window.set_identity(settings.hospital_name, settings.steward_name)
        study.draft.set_hospital(settings.hospital_name)
        study.invited.set_hospital(settings.hospital_name)
        study.draft.set_meeting(
            host=settings.relay_host,
            port=settings.relay_port,
            fingerprint=settings.relay_fingerprint,
        )

    def _notice(self) -> None:
        page = self._window.page
        if page is not None:
            self._put_notice(page)

    def _put_notice(self, page: Page) -> None:
        if not isinstance(page, LivePage):
            return
        state = self._desk.state
        if state.problem is None:
            page.set_notice(self._ledger_notice(page) or self._identity_notice(page))
            return
        if state.worker is WorkerState.GONE:
            act = button(say("Start it again"), "primary", "refresh")
            act.clicked.connect(self._desk.start)
        else:
            act = button(say("Understood"))
            act.clicked.connect(self._desk.dismiss)
        page.set_notice(problem_banner(state.problem, act))

    def _ledger_notice(self, page: LivePage) -> Banner | None:
        """Say on every page that nothing can be spent; two pages say it themselves."""
        alarm = self._desk.ledger.state.alarm
        if alarm is None or isinstance(page, LedgerPage | StudiesPage):
            return None
        look = button(say("Open the privacy ledger"), "primary", "ledger")
        look.clicked.connect(self._show_ledger)
        return alarm_banner(alarm, look)

    def _identity_notice(self, page: LivePage) -> Banner | None:
        """Say in the list of studies what the identity needs."""
        if not isinstance(page, StudiesPage):
            return None
        act = button(say("Open Settings"))
        act.clicked.connect(self._show_settings)
        return identity_notice(self._desk.identity.state, act)

    # ---- dialogs

    def _ask_invitation(self) -> bool:
        """Open the dialog that takes an invitation in, unless a study runs."""
        desk = self._desk
        if desk.state.worker is WorkerState.GONE or desk.study.busy:
            return False
        JoinDialog(self._window, desk.study.invited, self._settings).open()
        return True

    def _help(self, topic: str) -> None:
        HelpDialog(self._window, topic).open()

    def _messages(self) -> None:
        MessagesDialog(self._window, self._desk.study).open()

    def _ask_close(self) -> None:
        if not self._desk.study.busy:
            self._door.ask_close()
            return
        dialog = CloseDialog(self._window, self._desk.study.run.state)
        dialog.accepted.connect(self._cancel_and_close)
        dialog.open()

    def _cancel_and_close(self) -> None:
        self._desk.study.run.cancel()
        self._window.close_for_good()
