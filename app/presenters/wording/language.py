"""The one door through which every sentence of the application goes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def say(sentence: str, **fields: object) -> str:
    """Return a sentence in the reader's language, with its fields filled in.

    Sentences are whole: none is built from pieces, because word order differs by language.

    Args:
        sentence: English, the key of its translation; `{name}` marks a field.
        fields: Values of the fields, already worded.
    """
    found = QCoreApplication.translate("SynCohort", sentence)
    return found.format_map(fields) if fields else found
