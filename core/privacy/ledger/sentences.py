"""Every line of the ledger in one plain sentence, for people who know no cryptography."""

from __future__ import annotations

from typing import Final

from core.privacy.ledger.entries import Entry, EntryKind, Topic

_PLANS: Final = {
    EntryKind.PROPOSED: (
        "A study that would use {units} of the cap was proposed; nothing is set aside."
    ),
    EntryKind.RESERVED: "{units} of the cap set aside for a study that was about to run.",
    EntryKind.SPENT: (
        "The study used {units} of the cap. This was written before the first total was opened, "
        "and it stays used."
    ),
    EntryKind.RETURNED: (
        "The study ended before anything was opened, so the {units} that were set aside are free "
        "again."
    ),
}
#: A spend that was written for another reason than the next opening.
#: What the program notes then, for people.
_WHY: Final = {
    "the program ended before it could say otherwise": (
        "the program ended in the middle, and nobody can know how far it had come"
    ),
    "it ended before its first opening": (
        "shares had left this computer when it ended, although no total was opened yet"
    ),
}
_WHY_SPENT: Final = "Counted as used: {units} of the cap, because {why}. It stays so."
_COUNTS: Final = {
    EntryKind.RESERVED: (
        "{units} of the cap set aside to publish noisy class counts. {people} approved it."
    ),
    EntryKind.SPENT: (
        "Class counts with noise were published for the planning of a study; that used {units} of "
        "the cap. This was written before the noise was drawn, and it stays used."
    ),
    EntryKind.RETURNED: "No class counts were published, so {units} are free again.",
}
_DECISIONS: Final = {
    Topic.COHORT_REGISTERED: (
        "A cohort was added. Its patients may use {units} in all studies together."
    ),
    Topic.PATIENTS_ADDED: "More patients were added to the cohort. What it has used stays used.",
    Topic.CAP_CHANGED: "{people} set the cohort's cap to {units}.",
    Topic.COHORT_WITHDRAWN: (
        "{people} took the cohort out of all future studies. What it has used stays used."
    ),
    Topic.COHORT_HELD: (
        "The cohort takes part in no study until two people decide on its cap, because its "
        "patients may have been used in studies that this ledger does not know."
    ),
    Topic.IDENTIFIERS_FORGOTTEN: (
        "{people} had the marks of the cohort's patients deleted. The cohort is out of all future "
        "studies, and new cohorts wait for two people, because these patients cannot be "
        "recognised any more."
    ),
    Topic.OVERLAP_NOTED: (
        "This cohort has patients of a cohort whose marks were deleted; what that one has used "
        "goes on counting here."
    ),
    Topic.STUDY_CONTINUED: (
        "A study that had stopped went on where it stopped. It was charged before; nothing more "
        "is charged."
    ),
    Topic.LINES_MISSING: (
        "A partner remembers an entry that is missing here: this is an older copy of the ledger. "
        "All cohorts wait for two people."
    ),
    Topic.SIGNING_KEY_CHANGED: (
        "Entries are signed with another key of this installation from here on."
    ),
    Topic.SECOND_PERSON_NAMED: (
        "{people} was named as the second person, who approves plans and caps."
    ),
    Topic.SECOND_PERSON_REPLACED: (
        "The second person's passphrase was lost; {people} arranged a new one, which counts after "
        "a waiting time; until then the old one can take it back."
    ),
    Topic.RELEASE_AGREED: (
        "{people} agreed that a release is handed on {why}. Releasing uses nothing more of the "
        "cap."
    ),
    Topic.REQUESTER_NAMED: (
        "{people} was named as the one who asks for decisions, such as another cap."
    ),
    Topic.REQUESTER_REPLACED: (
        "The passphrase of the one who asks for decisions was lost. With the recovery code, "
        "{first} arranged a new one for {last}. It counts after a waiting time; until then the "
        "old one can take it back. Nothing else changed."
    ),
}
_OLD: Final = "A cohort was added or its rules were changed; its patients may use {units} in all."
_RESTORED: Final = {
    False: "{people} brought the ledger back from a backup that lacks no entry.",
    True: (
        "{people} brought the ledger back from an older backup. Entries are missing, so all "
        "cohorts wait for two people."
    ),
}


def sentence(entry: Entry) -> str:
    """Return what a line says, without its study or cohort.

    >>> from core.privacy.ledger.entries import Entry, EntryKind
    >>> line = dict(number=1, time="", cohort_id="c", digest="d", epsilon=1.0, delta=1e-6)
    >>> line |= dict(mu_sq=0.1, delta_tail=0.0, note="", previous="", units=1.0)
    >>> sentence(Entry(kind=EntryKind.RESERVED, **line))
    '1 unit of the cap set aside for a study that was about to run.'
    """
    if entry.kind is EntryKind.SPENT and entry.note:
        text = _WHY_SPENT
    elif entry.topic == Topic.COUNTS_PUBLISHED:
        text = _COUNTS[entry.kind]
    elif entry.kind is not EntryKind.DECISION:
        text = _PLANS[entry.kind]
    elif entry.topic == Topic.LEDGER_RESTORED:
        text = _RESTORED[entry.units > 0]
    else:
        text = _DECISIONS[Topic(entry.topic)] if entry.topic else _OLD
    amount = "1 unit" if entry.units == 1 else f"{entry.units:g} units"
    people, why = entry.people or ("Somebody",), _WHY.get(entry.note, entry.note)
    found = text.format(
        units=amount, people=" and ".join(people), first=people[0], last=people[-1], why=why
    )
    return f"{found} Reason: {entry.reason}" if entry.reason else found
