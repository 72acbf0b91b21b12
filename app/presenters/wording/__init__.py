"""All that the application says about codes, states and numbers, in one place.

Every sentence goes through `say`, so a translation is one file away. Views write their own
labels, through `say` as well; whatever depends on a code, a state, a stage or a number is here.
"""

from app.presenters.wording.figures import (
    count,
    day,
    duration,
    left,
    moment,
    odds_sentence,
    predicted_cost,
    run_words,
    size,
    time_of_day,
    units,
)
from app.presenters.wording.joint import (
    attestation_words,
    attested_words,
    identity_words,
    known_words,
    participant_name,
    phase_words,
    presence_words,
    seated,
    void_words,
    voided,
    waiting_sentence,
    waiting_words,
    warning_words,
)
from app.presenters.wording.language import say
from app.presenters.wording.measures import MeasureWords, measure_words
from app.presenters.wording.problems import Problem, problem_of, title_of
from app.presenters.wording.readings import (
    difference_words,
    direction_words,
    reading,
    reason_words,
)
from app.presenters.wording.stages import stage_words, step_words
from app.presenters.wording.states import (
    activity_sentence,
    activity_words,
    advice_words,
    check_light,
    check_words,
    hospital_words,
    ledger_words,
    level_words,
    naming_words,
    report_step_words,
    scale_words,
    study_words,
)

__all__ = [
    "MeasureWords",
    "Problem",
    "activity_sentence",
    "activity_words",
    "advice_words",
    "attestation_words",
    "attested_words",
    "check_light",
    "check_words",
    "count",
    "day",
    "difference_words",
    "direction_words",
    "duration",
    "hospital_words",
    "identity_words",
    "known_words",
    "ledger_words",
    "left",
    "level_words",
    "measure_words",
    "moment",
    "naming_words",
    "odds_sentence",
    "participant_name",
    "phase_words",
    "predicted_cost",
    "presence_words",
    "problem_of",
    "reading",
    "reason_words",
    "report_step_words",
    "run_words",
    "say",
    "scale_words",
    "seated",
    "size",
    "stage_words",
    "step_words",
    "study_words",
    "time_of_day",
    "title_of",
    "units",
    "void_words",
    "voided",
    "waiting_sentence",
    "waiting_words",
    "warning_words",
]
