"""Step 3 of a study that this hospital begins: one page, made of cards."""

from app.views.pages.draft.page import DraftPage

__all__ = ["DraftPage"]
