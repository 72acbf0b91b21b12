"""A page that can be filled again while it is shown."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QBoxLayout, QVBoxLayout, QWidget

from app.views.page import ActionBar, Page, PageHeader, StudyHeader
from app.views.widgets import ScrollPage, clear, col, framed, scroll
from app.views.widgets.layout import Item, fill


class LivePage(Page):
    """Its body is filled again when the picture changes; focus and scroll position stay.

    Numbers that change often are set on the widgets instead.
    """

    check_wanted = Signal()
    """The reader wants to know what is wrong with the connection."""

    def __init__(
        self,
        header: PageHeader | StudyHeader,
        actions: ActionBar | None = None,
        *,
        under_header: QWidget | None = None,
        wants_panel: bool = False,
        help_topic: str = "",
        pad: tuple[int, int] = (28, 16),
    ) -> None:
        """Make an empty page; see `Page`."""
        self._column: QVBoxLayout = col(gap="m")
        self._scroll: ScrollPage = scroll(self._column, pad)
        self._notice: QWidget | None = None
        super().__init__(
            header,
            self._scroll,
            actions,
            under_header=under_header,
            wants_panel=wants_panel,
            help_topic=help_topic,
        )

    @property
    def body(self) -> ScrollPage:
        """What scrolls."""
        return self._scroll

    def set_notice(self, notice: QWidget | None) -> None:
        """Put a banner between the header and the body, or take it away."""
        if self._notice is not None:
            self._notice.hide()
            self._notice.deleteLater()
            self._notice = None
        whole = self.layout()
        if notice is not None and isinstance(whole, QBoxLayout):
            self._notice = framed(col(notice), pad=(28, 8), ground="canvas")
            whole.insertWidget(1, self._notice)
            self._order_tab()

    def refill(self, *items: Item) -> None:
        """Put other things into the body."""
        had = QApplication.focusWidget()
        name = had.accessibleName() if had is not None and self._scroll.isAncestorOf(had) else ""
        at = self._scroll.verticalScrollBar().value()
        pad = self._column.contentsMargins()
        clear(self._column)
        fill(self._column, (*items, None), "m")
        self._column.setContentsMargins(pad)
        self._scroll.fit()
        self._scroll.verticalScrollBar().setValue(at)
        self._order_tab()
        if name:
            self._focus(name)

    def _focus(self, name: str) -> None:
        for widget in self._scroll.content.findChildren(QWidget):
            if (
                widget.accessibleName() == name
                and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
                and not widget.isHidden()
            ):
                widget.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def _order_tab(self) -> None:
        tab = Qt.FocusPolicy.TabFocus
        here = self.window()  # NB: the list of a drop-down box is a window of its own
        found = [w for w in self.findChildren(QWidget) if w.window() is here]
        stops = [w for w in found if w.focusPolicy() & tab == tab]
        for one, other in pairwise(stops):
            QWidget.setTabOrder(one, other)
