"""Step 5, Results: the page, and what each of its tabs shows."""

from app.views.pages.results.page import ResultsPage

__all__ = ["ResultsPage"]
