"""The results in every state: while they grow, whole, with few patients, two side by side."""

from __future__ import annotations

from collections.abc import Callable

from app.views.pages.results.biology import fold_sheet
from core.messages import events as said
from core.messages import report_events as reported
from core.model.study import StudyState
from tests.gui import script_lists
from tests.gui.stand import DIGEST, Stand


def results_loading(s: Stand) -> None:
    from tests.gui import states

    states.run_done(s)
    s.desk.study.forward()
    s.link.play(reported.ReportProgressed(digest=DIGEST, step="utility", done=2, total=6))


def results_overview(s: Stand) -> None:
    results_loading(s)
    s.link.play(script_lists.report(DIGEST))


def results_partial(s: Stand) -> None:
    """Half of the comparison is there: its tabs are open, the others wait."""
    results_loading(s)
    s.link.play(script_lists.grew(DIGEST, "genes", "pictures", "correlations"))
    s.window.page._tabs.setCurrentIndex(1)


def results_few(s: Stand) -> None:
    """Hardly anything can be computed; every card says why."""
    results_loading(s)
    s.link.play(script_lists.report(DIGEST, few=True, joint=False))
    s.window.page._tabs.setCurrentIndex(4)


def results_few_overview(s: Stand) -> None:
    results_loading(s)
    s.link.play(script_lists.report(DIGEST, few=True, joint=False))


def _tab(s: Stand, number: int) -> None:
    results_overview(s)
    s.window.page._tabs.setCurrentIndex(number)


def results_gene_unknown(s: Stand) -> None:
    results_resemblance(s)
    s.desk.study.results.find_gene("MPO")
    s.desk.study.results.find_gene("TP53 of another panel")


def results_compare(s: Stand) -> None:
    _tab(s, 5)
    s.link.play(script_lists.studies(StudyState.FINISHED, StudyState.FINISHED))


def results_compare_none(s: Stand) -> None:
    results_overview(s)
    s.link.play(script_lists.studies(StudyState.FAILED))
    s.window.page._tabs.setCurrentIndex(5)


def results_compare_loading(s: Stand) -> None:
    results_compare(s)
    s.desk.study.results.compare_with(f"{1:064x}", "Lymphoma markers")
    s.link.play(reported.ReportProgressed(digest=f"{1:064x}", step="utility", done=4, total=10))


def results_compared(s: Stand) -> None:
    results_compare_loading(s)
    s.link.play(script_lists.second_report(f"{1:064x}"))


def dialog_figure(s: Stand) -> None:
    results_biology(s)
    s.window.page._enlarge(fold_sheet(script_lists.report(DIGEST).report.fold_changes[0]))


def results_saved(s: Stand) -> None:
    results_usefulness(s)
    s.window.page._say_written("by-diagnosis.png", False)


def results_resemblance(s: Stand) -> None:
    _tab(s, 1)


def results_biology(s: Stand) -> None:
    _tab(s, 2)


def results_usefulness(s: Stand) -> None:
    _tab(s, 3)


def results_privacy(s: Stand) -> None:
    _tab(s, 4)


def results_refused(s: Stand) -> None:
    from tests.gui import states

    states.cohorts(s)
    s.router.reopen(script_lists.studies(StudyState.FINISHED).studies[0])
    s.link.play(
        said.Refused(
            command="AskReport",
            code="WO604",
            fields=(("step", "use the cohort"), ("reason", "its file was not opened yet")),
        )
    )


STATES: dict[str, Callable[[Stand], None]] = {
    name: state
    for name, state in list(globals().items())
    if callable(state) and getattr(state, "__module__", "") == __name__ and name != "_tab"
}
