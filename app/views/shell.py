"""The window: rail at the left, one page, and the boundary of the hospital always in sight."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.presenters.boundary import Crossing, Leaves
from app.presenters.invited import SUFFIX as INVITATION_SUFFIX
from app.settings import Settings
from app.theme import current_theme
from app.views.boundary import Boundary
from app.views.page import Page, StudyHeader
from app.views.rail import TITLES, Rail, Section
from app.views.widgets import col, row

SIZE_MIN: Final = QSize(1024, 700)
SIZE_START: Final = QSize(1280, 800)
PANEL_FROM_WIDTH: Final = 1200
QUIET: Final = Leaves(state=Crossing.QUIET, headline="No study is open.")


class MainWindow(QWidget):
    """The frame of every page. It decides where things stand, never what they say.

    Pages come from factories, because a new text size builds the page on the screen again.
    """

    section_chosen = Signal(str)
    """Value of the `Section` that the reader wants to see."""
    new_study_wanted = Signal()
    messages_wanted = Signal()
    """The reader wants to see every message that was sent."""
    help_wanted = Signal(str)
    """Topic of the page on which F1 was pressed."""
    invitation_dropped = Signal(str)
    """Path of a file that was dropped on the window and is named like an invitation."""
    close_asked = Signal()
    """The reader closed the window while it is held open; ask first, then `close_for_good`."""

    def __init__(self, settings: Settings) -> None:
        """Make the frame, without a page.

        Args:
            settings: Remembers where the window was, and names the hospital.
        """
        super().__init__()
        self._settings = settings
        self._make: Callable[[], Page] | None = None
        self._page: Page | None = None
        self._section = Section.STUDIES
        self._held_open = False
        self.setAcceptDrops(True)
        self.setObjectName("main-window")
        self.setProperty("ground", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("SynCohort")
        self.setMinimumSize(SIZE_MIN)
        theme = current_theme()
        self.setWindowIcon(theme.icon("mark", 64, "accent"))
        self._whole: QHBoxLayout = row(gap="none")
        self._middle: QVBoxLayout = col(gap="none")
        self._whole.addLayout(self._middle, 1)
        self._build_frame(QUIET)
        self.setLayout(self._whole)
        self._add_shortcuts()
        theme.rescaled.connect(self._rebuild)
        if not self.restoreGeometry(settings.window_geometry):
            self.resize(SIZE_START)

    @property
    def page(self) -> Page | None:
        """The page on the screen."""
        return self._page

    @property
    def section(self) -> Section:
        """The section that is marked in the rail."""
        return self._section

    @property
    def boundary(self) -> Boundary:
        """Panel, strip and drawer."""
        return self._boundary

    def show_page(self, section: Section, make: Callable[[], Page]) -> Page:
        """Show a page and focus its title.

        Args:
            section: What the rail marks.
            make: Builds the page; called again when the text size changes.

        Returns:
            The page that is now on the screen.
        """
        self._section, self._make = section, make
        self._boundary.close_drawer()
        page = self._place(make)
        page.title.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setWindowTitle(f"{page.title.text()} – SynCohort")
        return page

    def set_leaves(self, leaves: Leaves) -> None:
        """Say what crosses the boundary now; several times a second is fine."""
        self._boundary.set_leaves(leaves)

    def set_identity(self, hospital: str, steward: str) -> None:
        """Say for whom this computer acts, and who uses it."""
        self._rail.set_identity(hospital, steward)

    def hold_open(self, *, held: bool) -> None:
        """Ask before closing, because a study runs, or close at once."""
        self._held_open = held

    def close_for_good(self) -> None:
        """Close after the reader confirmed it."""
        self._held_open = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where the window was; ask first while it is held open."""
        if self._held_open:
            event.ignore()
            self.close_asked.emit()
            return
        self._settings.window_geometry = self.saveGeometry()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take an invitation, wherever on the window it is dropped."""
        if _invitation(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped invitation."""
        path = _invitation(event.mimeData())
        if path:
            self.invitation_dropped.emit(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold the panel."""
        super().resizeEvent(event)
        self._arrange()

    def next_region(self) -> None:
        """Move the focus on: rail, page, panel or strip (F6)."""
        here = self.focusWidget()
        page = self._page
        if page is not None and _holds(self._rail, here):
            page.title.setFocus(Qt.FocusReason.TabFocusReason)
            return
        shown = self._boundary.panel if self._has_panel() else self._boundary.strip
        stops = _stops(shown)
        if page is not None and _holds(page, here) and stops:
            stops[0].setFocus(Qt.FocusReason.TabFocusReason)
            return
        self._rail.focus()

    def step_by(self, distance: int) -> None:
        """Go to the previous or next open step of the study on the screen (Alt+arrows)."""
        header = self._page.header if self._page is not None else None
        if isinstance(header, StudyHeader):
            wanted = header.stepper.current + distance
            if 0 <= wanted <= header.stepper.reached:
                header.step_chosen.emit(wanted)

    def _build_frame(self, leaves: Leaves) -> None:
        self._rail = Rail(self._settings.hospital_name, self._settings.steward_name)
        self._rail.chosen.connect(self.section_chosen)
        self._boundary = Boundary(self, leaves)
        self._boundary.panel.messages_wanted.connect(self.messages_wanted)
        self._whole.insertWidget(0, self._rail)
        self._middle.addWidget(self._boundary.strip)
        self._whole.addWidget(self._boundary.panel)

    def _place(self, make: Callable[[], Page]) -> Page:
        page = make()
        if self._page is not None:
            self._middle.removeWidget(self._page)
            self._page.hide()
            self._page.deleteLater()
        self._page = page
        self._middle.insertWidget(0, page, 1)
        page.show()
        self._rail.set_current(self._section)
        self._arrange()
        self._order_tab()
        return page

    def _rebuild(self) -> None:
        leaves = self._boundary.leaves
        self._boundary.close_drawer()
        for part in (self._rail, self._boundary.strip, self._boundary.panel):
            part.hide()
            part.deleteLater()
        self._build_frame(leaves)
        if self._make is not None:
            self._place(self._make)

    def _has_panel(self) -> bool:
        wanted = self._page is not None and self._page.wants_panel
        roomy = self.width() >= PANEL_FROM_WIDTH and not current_theme().tokens.stacked
        return wanted and roomy

    def _arrange(self) -> None:
        panel = self._has_panel()
        self._boundary.panel.setVisible(panel)
        self._boundary.strip.setVisible(not panel)
        if panel:
            self._boundary.close_drawer()
        self._boundary.follow()

    def _order_tab(self) -> None:
        """Rail, page, then panel or strip: Qt would put the newest widgets last."""
        if self._page is None:
            return
        stops = [*_stops(self._page)[-1:]]
        stops += [*_stops(self._boundary.strip), *_stops(self._boundary.panel)]
        for one, other in pairwise(stops):
            QWidget.setTabOrder(one, other)

    def _add_shortcuts(self) -> None:
        for number, (section, _title) in enumerate(TITLES, start=1):
            keys = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            keys.setObjectName(section.value)
            keys.activated.connect(self._go)
        for sequence, action in (
            ("Ctrl+N", self.new_study_wanted.emit),
            ("Ctrl+F", self._find),
            ("Ctrl+E", self._export),
            ("F1", self._help),
            ("F6", self.next_region),
            ("Alt+Left", self._back),
            ("Alt+Right", self._forth),
        ):
            QShortcut(QKeySequence(sequence), self).activated.connect(action)

    def _go(self) -> None:
        self.section_chosen.emit(self.sender().objectName())

    def _back(self) -> None:
        self.step_by(-1)

    def _forth(self) -> None:
        self.step_by(1)

    def _find(self) -> None:
        if self._page is not None:
            self._page.go_to_search()

    def _export(self) -> None:
        if self._page is not None:
            self._page.export()

    def _help(self) -> None:
        self.help_wanted.emit(self._page.help_topic if self._page is not None else "")


def _invitation(dropped: QMimeData) -> str:
    """Path of the one local file named like an invitation; empty for anything else."""
    paths = [url.toLocalFile() for url in dropped.urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].endswith(INVITATION_SUFFIX) else ""


def _holds(region: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and region.isAncestorOf(widget)


def _stops(region: QWidget) -> list[QWidget]:
    """Widgets of a region that Tab can reach, in the order of the layout."""
    tab = Qt.FocusPolicy.TabFocus
    here = region.window()  # NB: the list of a drop-down box is a window of its own
    found = [w for w in region.findChildren(QWidget) if w.window() is here]
    return [w for w in found if w.focusPolicy() & tab == tab]
