"""Every state of every page, reached as in life: a wish on a presenter, an event on the link."""

from __future__ import annotations

from collections.abc import Callable

from app.presenters.flow import Step
from app.views.dialogs.exact import ExactDialog
from core.messages import events as said
from core.model.study import HospitalState, StudyState
from tests.gui import (
    script,
    script_lists,
    shots_connection,
    shots_identity,
    shots_joint,
    shots_lobby,
    states_draft,
    states_ledger,
    states_reference,
    states_release,
    states_results,
)
from tests.gui.stand import DIGEST, Stand, ready


def studies_empty(s: Stand) -> None:
    ready(s)


def studies_unnamed(s: Stand) -> None:
    s.settings.hospital_name = ""
    ready(s)
    s.router.show_studies()


def studies_list(s: Stand) -> None:
    ready(s, StudyState.FINISHED, StudyState.CANCELLED, StudyState.FAILED)


def studies_loading(s: Stand) -> None:
    del s


def studies_running(s: Stand) -> None:
    run_running(s)
    s.link.play(script_lists.studies(StudyState.FINISHED))
    s.router.show_studies()


def worker_gone(s: Stand) -> None:
    ready(s, StudyState.FINISHED)
    s.link.die()


def cohort_empty(s: Stand) -> None:
    ready(s)
    s.router.new_study()


def cohort_loading(s: Stand) -> None:
    cohort_empty(s)
    s.desk.study.cohort.choose_file("/home/steward/leukaemia_2019_2025.csv")
    s.link.play(
        said.FileInspected(
            file_name="leukaemia_2019_2025.csv", layout=script.LAYOUT, preview=script.PREVIEW
        ),
        said.ReadingProgressed(
            file_name="leukaemia_2019_2025.csv", records_read=212, records_total=312
        ),
    )


def cohort_describing(s: Stand) -> None:
    cohort_checked(s)
    s.desk.study.cohort.correct()


def cohort_second_file(s: Stand) -> None:
    cohort_checked(s)
    s.desk.study.cohort.add_label_file("/home/steward/diagnoses_2025.csv")
    s.link.play(
        said.FileInspected(
            file_name="diagnoses_2025.csv", layout=script.LAYOUT, preview=script.PREVIEW
        )
    )


def cohort_checked(s: Stand) -> None:
    cohort_loading(s)
    s.link.play(script.CHECKED)


def cohort_problem(s: Stand) -> None:
    cohort_loading(s)
    s.link.play(said.CohortChecked(cohort=script.cohort(problem=True), preview=script.PREVIEW))


def cohort_refused(s: Stand) -> None:
    cohort_loading(s)
    s.link.play(
        said.Refused(
            command="OpenCohort",
            code="CH105",
            fields=(("row", "17"), ("column", "MPO"), ("file", "leukaemia_2019_2025.csv")),
        )
    )


def privacy(s: Stand) -> None:
    cohort_checked(s)
    s.desk.study.forward()
    s.link.play(script.levels())


def privacy_loading(s: Stand) -> None:
    cohort_checked(s)
    s.desk.study.forward()


def privacy_over_cap(s: Stand) -> None:
    cohort_loading(s)
    s.link.play(said.CohortChecked(cohort=script.cohort(spent=3.0), preview=script.PREVIEW))
    s.desk.study.forward()
    s.link.play(script.levels(spent=3.0))


def privacy_exact(s: Stand) -> None:
    privacy(s)
    s.desk.study.privacy.set_exact(1.5)
    s.link.play(script.levels(exact=1.5))


def join_choosing(s: Stand) -> None:
    privacy(s)
    s.desk.study.forward()
    s.desk.study.rehearse_here()
    s.desk.study.join.set_title("Acute leukaemia subtypes")
    s.desk.study.join.add_files(("/data/hospital_river.csv", "/data/hospital_lake.csv"))


def join_two(s: Stand) -> None:
    privacy(s)
    s.desk.study.forward()
    s.desk.study.rehearse_here()
    s.desk.study.join.add_files(("/data/hospital_river.csv",))


def join_connecting(s: Stand) -> None:
    join_choosing(s)
    s.desk.study.connect_hospitals()
    states = (
        HospitalState.READY,
        HospitalState.READY,
        HospitalState.READING,
        HospitalState.STARTING,
    )
    s.link.play(*[script.hospital(n, state) for n, state in enumerate(states)])


def join_proposed(s: Stand) -> None:
    join_connecting(s)
    s.link.play(
        *[script.hospital(n, HospitalState.READY) for n in range(4)], script.proposed(DIGEST)
    )


def join_refused(s: Stand) -> None:
    join_connecting(s)
    s.link.play(said.Refused(command="PrepareDemonstration", code="PL206", fields=()))


def run_waiting(s: Stand) -> None:
    join_proposed(s)
    s.desk.study.start()
    s.link.play(
        said.RunStarted(digest=DIGEST, stages=script.STAGES, time=script.NOW - 1_000),
        *[script.hospital(n, HospitalState.CONNECTED) for n in range(4)],
    )


def run_running(s: Stand) -> None:
    run_waiting(s)
    s.link.play(
        *[script.hospital(n, HospitalState.IN_STEP) for n in range(4)],
        said.SpendRecorded(digest=DIGEST, units=1.0, cap=script.cohort(spent=2.5).cap),
        script.finished(DIGEST, "class-counts", 5, 2.0),
        script.finished(DIGEST, "centre", 958, 62.0),
        script.finished(DIGEST, "scale", 958, 60.0),
        said.StageStarted(digest=DIGEST, stage="tables", values=19_160),
        script.progressed(DIGEST, "tables", "noise", 9_240, 19_160, 700.0),
    )


def run_failed(s: Stand) -> None:
    run_running(s)
    s.link.play(
        script.hospital(3, HospitalState.LOST, "SE401"),
        said.RunEnded(
            digest=DIGEST,
            state=StudyState.FAILED,
            spent=True,
            code="SE401",
            fields=(
                ("party", "Klinikum Ostufer"),
                ("spent", "The units of this study count as spent."),
            ),
        ),
    )


def run_cancelled(s: Stand) -> None:
    run_running(s)
    s.desk.study.run.cancel()
    s.link.play(
        said.RunEnded(digest=DIGEST, state=StudyState.CANCELLED, spent=True, code="", fields=())
    )


def run_done(s: Stand) -> None:
    run_running(s)
    s.link.play(
        script.finished(DIGEST, "tables", 19_160, 300.0),
        said.ReleaseWritten(digest=DIGEST, release=script.release(DIGEST)),
        *[script.hospital(n, HospitalState.FINISHED) for n in range(4)],
        said.RunEnded(digest=DIGEST, state=StudyState.FINISHED, spent=True, code="", fields=()),
    )


def past_join(s: Stand) -> None:
    run_done(s)
    s.desk.study.show(Step.JOIN)


def cohorts(s: Stand) -> None:
    ready(s, StudyState.FINISHED)
    s.link.play(
        said.CohortsListed(
            cohorts=(
                script.cohort(),
                script.with_name(
                    script.cohort(known=False, spent=2.0), "Breast tumours 2017–2024"
                ),
                script.with_name(script.cohort(practice=True, spent=0), "Example hospital North"),
            )
        )
    )
    s.window.section_chosen.emit("cohorts")


def cohorts_empty(s: Stand) -> None:
    ready(s)
    s.window.section_chosen.emit("cohorts")


def dialog_exact(s: Stand) -> None:
    privacy(s)
    s.window.page._ask_exact()


def dialog_exact_reason(s: Stand) -> None:
    """A level above Most detail, whose reason the ledger keeps."""
    dialog_exact(s)
    s.window.findChildren(ExactDialog)[0]._epsilon.setValue(2.4)


def dialog_cancel(s: Stand) -> None:
    run_running(s)
    s.window.page._ask_cancel()


def dialog_close(s: Stand) -> None:
    run_running(s)
    s.window.close()


def dialog_messages(s: Stand) -> None:
    run_running(s)
    s.window.messages_wanted.emit()


def dialog_help(s: Stand) -> None:
    privacy(s)
    s.window.help_wanted.emit("privacy")


def drawer(s: Stand) -> None:
    run_running(s)
    s.window.boundary.open_drawer()


STATES: dict[str, Callable[[Stand], None]] = (
    {
        name: state
        for name, state in list(globals().items())
        if callable(state) and getattr(state, "__module__", "") == __name__ and name != "_tab"
    }
    | shots_joint.STATES
    | shots_lobby.STATES
    | shots_identity.STATES
    | shots_connection.STATES
    | states_ledger.STATES
    | states_reference.STATES
    | states_draft.STATES
    | states_results.STATES
    | states_release.of(states_results.results_overview)
)
