"""Start the application: the composition root of the window.

Qt is imported only after it is known that there is a display, so that a server without one gets
a sentence instead of a crash.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.link.second_start import Doorbell
    from app.views.router import Router

HOME_VARIABLE: Final = "SYNCOHORT_HOME"
HEADLESS: Final = "syncohort-cli rehearse"
EXIT_OK: Final = 0
EXIT_NO_DISPLAY: Final = 2
EXIT_NO_ANSWER: Final = 3
Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]
_WITHOUT_SCREEN: Final = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")


def has_display(platform: str, environment: Mapping[str, str]) -> bool:
    """Return whether a window could open.

    Args:
        platform: As ``sys.platform``.
        environment: As ``os.environ``.
    """
    wanted = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    if wanted in _WITHOUT_SCREEN:
        return True
    if platform in ("win32", "darwin"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="syncohort", description="Open SynCohort.")
    parser.add_argument("--home", type=Path, help="folder of settings, ledger and studies")
    parser.add_argument("invitation", nargs="?", help="file of an invitation to open")
    return parser.parse_args(argv)


def home_folder(wanted: Path | None, environment: Mapping[str, str]) -> Path:
    """Return where everything is kept: what was asked for, the variable, or the user's folder."""
    if wanted is not None:
        return wanted.absolute()
    if environment.get(HOME_VARIABLE):
        return Path(environment[HOME_VARIABLE]).absolute()
    from platformdirs import user_data_path  # noqa: PLC0415 - not needed when the folder is named

    return user_data_path("SynCohort", appauthor=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        argv: Words of the command line, without the program; None for the process's own.

    Returns:
        Exit status: 0, 2 where no window can open, 3 where another window of the same home does
        not answer.
    """
    arguments = _arguments(sys.argv[1:] if argv is None else argv)
    if not has_display(sys.platform, os.environ):
        print(  # noqa: T201 - there is no window to say it in
            f"SynCohort needs a display; without one, use the command {HEADLESS}.", file=sys.stderr
        )
        return EXIT_NO_DISPLAY
    try:
        import PySide6.QtWidgets  # noqa: F401, PLC0415 - names what is missing, before anything else
    except ImportError as wrong:
        missing = wrong.name or "a system library of Qt"
        print(  # noqa: T201 - as above
            f"SynCohort cannot open a window here ({missing} is missing); use the command "
            f"{HEADLESS}, or installers/run, which names what to install.",
            file=sys.stderr,
        )
        return EXIT_NO_DISPLAY
    invitation = str(Path(arguments.invitation).absolute()) if arguments.invitation else ""
    return _open_window(home_folder(arguments.home, os.environ), invitation)


def _hand_over(doorbell: Doorbell, invitation: str) -> int:
    """Let the window that is open already show the invitation."""
    if doorbell.hand_over(invitation):
        done = "it shows the invitation" if invitation else "it comes to the front"
        print(f"SynCohort is open already; {done}.", file=sys.stderr)  # noqa: T201 - to a terminal
        return EXIT_OK
    print(  # noqa: T201 - as above
        "SynCohort is running for this home but does not answer. Close it and start again.",
        file=sys.stderr,
    )
    return EXIT_NO_ANSWER


def _telling(confess: Callable[[str], None], before: Hook) -> Hook:
    """Return a hook for errors that nobody caught: logged as before, and said in the window."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        before(kind, error, trace)
        confess(kind.__name__)

    return hook


def _open_window(home: Path, invitation: str) -> int:
    """Show the window, unless one is open already, and stay until it is closed."""
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    from app.link.second_start import Doorbell  # noqa: PLC0415
    from app.plots import register_plot_fonts  # noqa: PLC0415
    from app.theme import register_fonts  # noqa: PLC0415
    from core import __version__  # noqa: PLC0415

    application = QApplication(sys.argv[:1])
    application.setApplicationName("SynCohort")
    application.setApplicationVersion(__version__)
    application.setQuitOnLastWindowClosed(False)  # the worker is asked to go first
    doorbell = Doorbell(home, application)
    if not doorbell.take():
        return _hand_over(doorbell, invitation)
    application.installEventFilter(doorbell)
    register_fonts()
    register_plot_fonts()
    router = _compose(application, home)
    doorbell.rang.connect(router.called)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C: the worker notices and ends in order
    if invitation:
        router.open_invitation(invitation)
    status = application.exec()
    doorbell.release()
    return status


def _compose(application: QApplication, home: Path) -> Router:
    """Build everything, show the window and start the worker, which is stopped with the window."""
    import time  # noqa: PLC0415

    from app.link import WorkerLink  # noqa: PLC0415
    from app.presenters.desk import Desk  # noqa: PLC0415
    from app.presenters.preferences import PreferencesPresenter  # noqa: PLC0415
    from app.settings import Settings  # noqa: PLC0415
    from app.theme import Theme  # noqa: PLC0415
    from app.views.router import Router  # noqa: PLC0415
    from app.views.shell import MainWindow  # noqa: PLC0415

    settings = Settings(home)
    theme = Theme(
        application,
        mode=settings.theme,
        text_size=settings.text_size,
        reduce_motion=settings.reduce_motion,
    )
    link = WorkerLink(home, lambda: preferences.introduction(), parent=application)  # noqa: PLW0108
    version = application.applicationVersion()
    preferences = PreferencesPresenter(settings, link, version, application)
    preferences.theme_chosen.connect(theme.set_mode)
    preferences.text_size_chosen.connect(theme.set_text_size)
    preferences.motion_chosen.connect(lambda wanted: theme.set_reduce_motion(wanted=wanted))
    desk = Desk(link, time.time, application)
    window = MainWindow(settings)
    router = Router(window, desk, settings, preferences)
    sys.excepthook = _telling(desk.confess, sys.excepthook)
    application.lastWindowClosed.connect(link.stop)
    link.stopped.connect(application.quit)
    window.show()
    desk.start()
    return router


if __name__ == "__main__":
    raise SystemExit(main())
