"""The whole error tree.

    SynCohortError
    |- CohortError      CH1xx  the hospital's file: row and column, never the cell
    |- PlanError        PL2xx  the study's public plan: which field differs
    |- BudgetError      BU3xx  the privacy cap: asked, left; nothing is spent
    |- SessionError     SE4xx  a hospital left, stopped or could not be reached; says what is spent
    |- ProtocolError    PR5xx  a peer broke the rules of the joint computation
    |- StudyError       ST7xx  joining, signing and approving a study; nothing is spent
    |- WorkerError      WO6xx  the background worker, its language and its files
    `- InternalError    IN9xx  our fault

Every error carries a code from CODES, an English text (what happened), a remedy (what to do) and a tuple of public
fields. Only code and fields cross a process boundary; ``from_code`` builds the error again on the other side, and the
application translates by code. No text holds a value of a cohort or a path beyond the file name.
"""

from __future__ import annotations

from typing import Final, Self


class SynCohortError(Exception):
    """Base of every error that a person may read.

    Attributes:
        code: Key of CODES, such as ``CH101``.
        fields: Public values named in the text, as (name, text) pairs.
    """

    prefix = ""

    def __init__(self, code: str, /, **fields: object) -> None:
        """Build the error and its texts.

        Args:
            code: A key of CODES whose prefix belongs to this class.
            fields: Public values; every name in the code's template must be given.

        Raises:
            ValueError: If the code is unknown, belongs to another class, or lacks a field.
        """
        if code not in CODES or not code.startswith(self.prefix):
            message = f"{code} is not a code of {type(self).__name__}"
            raise ValueError(message)
        self.code = code
        self.fields = tuple((name, str(value)) for name, value in fields.items())
        what, remedy = CODES[code]
        try:
            self.text = what.format_map(dict(self.fields))
            self.remedy = remedy.format_map(dict(self.fields))
        except KeyError as missing:
            message = f"{code} needs the field {missing}"
            raise ValueError(message) from None
        super().__init__(f"{code}: {self.text} {self.remedy}")

    @classmethod
    def from_code(cls, code: str, fields: tuple[tuple[str, str], ...]) -> SynCohortError:
        """Build the error of ``code`` again from what crossed a process boundary.

        Raises:
            ValueError: If the code is unknown or a field is missing.
        """
        for kind in cls.__subclasses__():
            if code.startswith(kind.prefix):
                return kind(code, **dict(fields))
        message = f"{code} has no class"
        raise ValueError(message)

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        """Refuse pickling: errors cross processes as code and fields only."""
        message = "errors are sent as code and fields"
        raise TypeError(message)


class CohortError(SynCohortError):
    """The hospital's file cannot be used as it is. Nothing was shared and nothing is spent."""

    prefix = "CH"


class PlanError(SynCohortError):
    """The public plan is wrong, or two hospitals hold different plans. Nothing is spent."""

    prefix = "PL"


class BudgetError(SynCohortError):
    """The privacy cap, the ledger or the accounting refuses. Nothing more is spent."""

    prefix = "BU"


class SessionError(SynCohortError):
    """The session ended early; the field ``spent`` says what it means for the cap."""

    prefix = "SE"


class ProtocolError(SynCohortError):
    """A peer sent what the protocol does not allow."""

    prefix = "PR"


class WorkerError(SynCohortError):
    """The worker, its language, or the disk."""

    prefix = "WO"


class StudyError(SynCohortError):
    """A step of a study between installations is refused. Nothing is spent."""

    prefix = "ST"


class InternalError(SynCohortError):
    """A rule that our own code must keep was broken."""

    prefix = "IN"


_NOTHING = "Nothing was shared and none of the privacy cap was used."

# fmt: off
#: Files of cohorts, plans, studies between installations and their identities; one line each.
_LINES: Final[dict[str, tuple[str, str]]] = {
    "CH101": ("The file {file} does not exist or cannot be read.", f"Check the name and the rights. {_NOTHING}"),
    "CH102": ("The file {file} is not a format that SynCohort reads ({reason}).", "Use CSV, TSV (also gzipped), Parquet, AnnData (.h5ad) or GCT. " + _NOTHING),
    "CH103": ("The file {file} is damaged or cut off: {reason}.", f"Export it again. {_NOTHING}"),
    "CH104": ("The column {column} is not in {file}.", f"Name one of its columns: {{choices}}. {_NOTHING}"),
    "CH105": ("Row {row}, column {column} of {file} is missing or not a number.", f"Correct the value or leave the record out. {_NOTHING}"),
    "CH106": ("The patient in row {row} of {file} appeared already in row {first_row}.", f"Keep one record per patient: two records of one person would halve the protection. {_NOTHING}"),
    "CH107": ("The record in row {row} of {file} has the same value for every gene of the study.", f"Leave this record out: it cannot be brought onto the common scale. {_NOTHING}"),
    "CH108": ("The gene {gene} of the study is not in {file} ({missing} of {wanted} are missing).", f"Export the file with these genes, or join with another panel. {_NOTHING}"),
    "CH109": ("Row {row} of {file} has a label that the study does not know.", f"Match it to one of the study's classes or leave the record out. {_NOTHING}"),
    "CH110": ("{file} has no record with a label and values.", f"Check the orientation, the label column and the identifier column. {_NOTHING}"),
    "CH111": ("Row {row}, column {column} of {file} is negative although the values are counts.", f"Say that the values are on a log scale, or correct the file. {_NOTHING}"),
    "CH112": ("The gene {gene} stands twice in {file}.", f"Keep one column per gene. {_NOTHING}"),
    "CH113": ("{file} has no gene column left after the identifier, the label and the ignored columns.", f"Check the named columns. {_NOTHING}"),
    "CH114": ("{count} gene names of {file} were turned into dates by a spreadsheet (such as column {column}).", f"Restore the names from the original export. {_NOTHING}"),
    "CH115": ("{file} has more than {limit} records, the most that this study allows.", f"Agree on a larger limit before the study. {_NOTHING}"),
    "CH116": ("Reading {file} was stopped.", _NOTHING),
    "CH117": ("The file {file} has changed since it was checked.", f"Check it again before joining a study. {_NOTHING}"),
    "PL201": ("The plan is not valid: {field}: {reason}.", "Nothing is spent. Correct the study and propose it again."),
    "PL202": ("The plan of {party} differs in {field}.", "Nothing is spent. All hospitals must hold the same plan; open the study again."),
    "PL203": ("Two hospitals alone cannot compute together: with two shares, each share is the plain value.", "Add a compute partner: a computer without patients, run by someone who colludes with neither. On the command line: --compute-partner."),
    "PL204": ("A study has 3 to 10 parties; this one has {n_parties}.", "Nothing is spent. Change who takes part."),
    "PL205": ("Two inputs are both called {name}.", "Rename one file: each hospital needs its own folder. Nothing is spent."),
    "PL206": ("The files have no gene in common.", "Check that all hospitals name genes in the same way (symbol, Ensembl or Entrez). Nothing is spent."),
    "PL207": ("The study needs at least {needed} {what}; it has {found}.", "Nothing is spent. Correct the study."),
    "PL208": ("The recipe {recipe} is not known to this version.", "Update the application. Nothing is spent."),
    "PL209": ("The plan was made for format {found}; this version reads format {known}.", "Update the application. Nothing is spent."),
    "PL210": ("The output folder {folder} already holds results.", "Choose a new folder: a release is never overwritten. Nothing is spent."),
    "PL231": ("The hospital's own report was computed from its patients and cannot leave the hospital.", "Leave it out, or release inside the hospital only. Nothing was written."),
    "ST701": ("This is not an invitation to a study, or a part of it is missing ({reason}).", "Copy the whole text, or ask the coordinator for the file. Nothing is spent."),
    "ST702": ("The invitation has expired.", "Ask the coordinator for a new one. Nothing is spent."),
    "ST703": ("The invitation was already used by another installation.", "Each invitation lets one hospital in. Call the coordinator: if you did not use it, somebody else did. Nothing is spent."),
    "ST704": ("The coordinator does not accept this invitation ({reason}).", "Ask the coordinator for a new one. Nothing is spent."),
    "ST705": ("This step is not possible while the study is {phase}: {reason}.", "Nothing is spent by this step."),
    "ST706": ("A refusal needs a reason.", "Write in one sentence what is wrong; the coordinator reads it. Nothing is spent."),
    "ST707": ("The signature of {party} does not fit ({what}).", "Nothing was started and nothing is spent. Compare the six words by telephone."),
    "ST708": ("{party} has not {what} this plan.", "A plan runs only when every hospital has signed and approved it. Nothing is spent."),
    "ST709": ("The passphrase is wrong; {left} tries are left.", "The second person types their own passphrase. Nothing is approved."),
    "ST710": ("The data steward and the second person must be two people.", "Let somebody else approve. Nothing is approved."),
    "ST711": ("Nobody is set up to approve plans here.", "Set up the second person first. Nothing is approved."),
    "ST712": ("{party} has not stated: {what}.", "Every hospital states that its patients are in no other hospital of the study and that it does not collude. Nothing is spent."),
    "ST713": ("This study is not known here.", "Open its invitation first. Nothing is spent."),
    "ST714": ("The six words of {party} were not compared yet.", "Call a number that you know and compare them. Nothing is spent."),
    "ST715": ("The proposed plan is not the study that was joined: {field} differs.", "Nothing was signed and nothing is spent. Call the coordinator."),
    "ST716": ("The passphrase is too short.", "Use at least {least} characters."),
    "ST717": ("{party} ended your part in the study: {reason}.", "Nothing is spent by this. Call the coordinator."),
    "ST719": ("{file} does not fit the study; the lines above say where.", "Nobody was contacted and nothing is spent. Correct the file, or ask the coordinator for another study."),
    "ST718": ("This study was joined with an identity of this hospital whose key is not here any more.", "Restore that identity from its backup, or leave the study and ask its coordinator for a new invitation. Nothing is spent."),
    "BU312": ("{who} remembers entry {entry} of this ledger, and the ledger here has {entries} entries without it.", "It is an older copy, or another one. New studies are blocked. Bring back the newest backup and tell your privacy officer."),
    "BU313": ("These patients take part in no new study: their cohort is {state}.", "Nothing is spent. A held cohort is set free when two people decide on its cap; a withdrawn one stays out."),
    "BU314": ("A written reason is missing for {what}.", "Write in one sentence why; it stays in the ledger. Nothing is spent."),
    "BU315": ("A signature in the ledger does not fit ({what}).", "New studies are blocked. Restore the ledger from a backup and tell your privacy officer."),
    "BU316": ("The backup {file} cannot be brought back: {reason}.", "The ledger on this computer stays as it is."),
    "BU317": ("{file} does not pass the check: {reason}.", "Do not rely on it. Ask the hospital for a new export, and compare the fingerprint of its key by telephone."),
    "ST731": ("Both people would have the same passphrase.", "Let each choose one that the other does not know. Nothing is changed."),
    "ST732": ("The passphrase that replaces a lost one counts from {time}.", "Until then nothing can be decided with it; this protects you if it was not replaced by the right person. Nothing is approved."),
    "ST741": ("The recovery code is wrong; {left} tries are left.", "It was shown when the one who asks was named: 20 letters and digits. Nothing is changed."),
    "ST742": ("No recovery code was made at this installation.", "It is made when the one who asks is named. Without it, continue in a new folder with a backup of the ledger; all cohorts are then held until two people decide. Nothing is changed."),
    "ST733": ("Nobody is set up to ask for decisions here.", "Set up the one who asks first, with a passphrase of their own. Nothing is changed."),
    "WO606": ("{file} is not a file that SynCohort wrote, or it was changed ({reason}).", "Use the original file."),
    "WO611": ("The identity of this installation cannot be read: {reason}.", "Restore it from a backup, or make a new one and compare fingerprint words again."),
    "WO612": ("A passphrase for the identity of this installation is needed: {reason}.", "Choose one, keep it safe, and try again."),
    "WO613": ("The passphrase is another one.", "Try again."),
    "WO614": ("Another identity is on this computer: {present}. The backup holds: {restored}.", "Nothing was changed. Replacing it changes the six words that other hospitals hear; confirm that you want this (on the command line, with the option to replace it)."),
    "WO615": ("The identity of this installation is locked: {reason}.", "Type its passphrase in Settings (on the command line, name its passphrase file). Nothing is spent."),
    "WO616": ("The identity of this installation ended on {day}: other computers refuse it.", "Renew it in Settings (on the command line: syncohort-cli identity renew). Nothing is spent."),
    "WO621": ("The release {name} does not pass the check: {reason}.", "Do not rely on it. Ask a hospital of the study for it again, and compare the fingerprints of their keys by telephone."),
}
# fmt: on
#: code -> (what happened, what it means and what to do)
CODES: Final[dict[str, tuple[str, str]]] = {
    "CH118": (
        "The patient identifier in row {row} of {file} is empty.",
        f"Give every patient a stable identifier of your own. {_NOTHING}",
    ),
    "CH119": (
        "{file} holds only row numbers where patient identifiers should be.",
        f"Name the column with stable patient identifiers. {_NOTHING}",
    ),
    "CH120": (
        "Opening {file} needs {needed_mb} MB of memory and {available_mb} MB are free.",
        f"Close other programs or use a smaller panel. {_NOTHING}",
    ),
    "CH121": (
        "No column with the diagnosis is chosen for {file}.",
        f"Choose it: {{choices}}. {_NOTHING}",
    ),
    "CH122": (
        "The values of {file} are neither counts nor on a log scale, or a mixture of both.",
        f"Export counts or log2 values for all patients, or say which of the two they are. {_NOTHING}",
    ),
    "CH123": (
        "The column {column} of {file} does not look like a diagnosis: {reason}.",
        f"Choose the column with the diagnosis. {_NOTHING}",
    ),
    "CH124": (
        "The column {column} of {file} numbers the rows and was taken for a gene.",
        f"Ignore this column. {_NOTHING}",
    ),
    "CH125": (
        "The public reference was made from {file}, or from some of its patients.",
        f"Patients of a public reference have no protection: take others of either. {_NOTHING}",
    ),
    "CH126": (
        "Line {line} of {file} is no gene set: a name, a description and genes, separated by tabs.",
        f"Use a file in the GMT format. {_NOTHING}",
    ),
    "CH127": (
        "{count} patients of {test} are in {real} too.",
        f"Judge with patients whom the synthetic cohort has never seen. {_NOTHING}",
    ),
    # ---- budget and ledger
    "BU301": (
        "This study needs {asked} units and {left} of {cap} are left for these patients.",
        "Choose a stricter level, or let two people raise the cap. Nothing is spent.",
    ),
    "BU302": (
        "The privacy level is not valid: {field} = {value} ({reason}).",
        "Choose epsilon above 0 and at most 50, and delta above 0 and at most 1e-5. Nothing is spent.",
    ),
    "BU303": (
        "No noise can be found for this plan: {reason}.",
        "Choose fewer genes, a larger epsilon or a wider noise family. Nothing is spent.",
    ),
    "BU304": (
        "The ledger's entry {entry} does not match its fingerprint.",
        "New studies are blocked. Restore the ledger from a backup and tell your privacy officer.",
    ),
    "BU305": (
        "The ledger is in use by another window or program.",
        "Close the other one. Nothing is spent.",
    ),
    "BU306": (
        "The ledger could not be written ({reason}).",
        "Nothing was opened and nothing is spent by this step. Free some disk space and try again.",
    ),
    "BU307": (
        "The ledger and its second book (diffprivlib) disagree.",
        "New studies are blocked. Tell your privacy officer.",
    ),
    "BU308": (
        "The step {step} is not allowed for an entry that is {state}.",
        "Nothing more is spent.",
    ),
    "BU309": (
        "The ledger {file} is not readable by this version ({reason}).",
        "Nothing is spent. Update the application or restore the ledger.",
    ),
    "BU310": (
        "The noise or sensitivity bound cannot be certified: {reason}.",
        "Nothing is spent. The plan is refused.",
    ),
    "BU311": (
        "The computer's clock is {seconds} s behind the last entry of the ledger.",
        "Set the clock. Nothing is spent.",
    ),
    # ---- session
    "SE401": ("{party} stopped answering.", "{spent} Wait for it or plan again without it."),
    "SE402": (
        "{party} could not be reached within {seconds} s.",
        "{spent} Check that it is running and try again.",
    ),
    "SE403": ("The run was cancelled by {party}.", "{spent}"),
    "SE404": (
        "The stage {stage} took longer than {seconds} s.",
        "{spent} Look at the slowest hospital and try again.",
    ),
    "SE405": ("{party} ended the session: {code}.", "{spent}"),
    "SE406": ("The worker of {party} ended unexpectedly.", "{spent}"),
    "SE407": (
        "The connection to the relay {relay} failed or was lost: {reason}.",
        "{spent} Check the network with the connection doctor and try again.",
    ),
    "SE408": (
        "The relay {relay} did not serve this computer: {reason}.",
        "{spent} Try again later, or ask who runs the relay.",
    ),
    "SE409": ("Not all hospitals agreed to the release.", "{spent} Nothing is released."),
    # ---- protocol
    "PR501": (
        "The shares of {stage} do not lie on one polynomial: {party} deviated or is faulty.",
        "The session ended; the opening of this stage counts as spent.",
    ),
    "PR502": (
        "{party} sent a message that the protocol does not allow ({reason}).",
        "The session ended. What was opened before counts as spent.",
    ),
    "PR503": (
        "{party} showed another certificate than the plan names.",
        "Nothing was sent to it. Compare the fingerprint words by telephone.",
    ),
    "PR504": (
        "{party} runs {field} {theirs}, this computer {ours}.",
        "Nothing is spent. Bring both to the same version and plan.",
    ),
    "PR505": (
        "The measurements of {party} differ from ours.",
        "The session ended; the release counts as spent and nothing was released.",
    ),
    "PR506": (
        "The synthetic table sent by {party} does not follow from the measurements.",
        "Nothing was released; the measurements count as spent.",
    ),
    "PR507": (
        "The value range of {stage} does not fit the field.",
        "Nothing is spent. Lower the largest number of patients per hospital.",
    ),
    "PR508": (
        "The relay {relay} showed another certificate than the invitation names.",
        "Nothing was sent to it. Ask the coordinator for a new invitation.",
    ),
    "PR509": (
        "The study cannot be continued: of {stage}, {reason}.",
        "Nothing more was opened; what is used stays used. A new study is charged in full.",
    ),
    # ---- worker
    "WO601": (
        "The background worker sent what this version does not understand ({reason}).",
        "Restart the application. The ledger knows what is spent.",
    ),
    "WO602": (
        "The background worker ended unexpectedly (status {status}).",
        "The ledger knows what is spent; start again from the Studies page.",
    ),
    "WO603": (
        "{file} could not be written ({reason}).",
        "Free some disk space or choose another folder. The ledger knows what is spent.",
    ),
    "WO604": ("The step {step} is not possible now: {reason}.", "Nothing is spent by this step."),
    "WO605": ("The command line is not valid: {reason}.", "See --help. Nothing is spent."),
    "WO608": (
        "This study cannot be continued on this computer: {reason}.",
        "Nothing more was opened; what is used stays used. A new study is charged in full.",
    ),
    # ---- internal
    "IN901": (
        "A rule inside SynCohort was broken: {rule}.",
        "The step was refused. Please report it with the details.",
    ),
    "IN902": (
        "Something unexpected went wrong ({kind}).",
        "The ledger knows what is spent. Please report it with the details.",
    ),
    **_LINES,
}
