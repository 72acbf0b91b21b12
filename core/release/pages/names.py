"""Names of the written pages, for those who look for them without writing any."""

from __future__ import annotations

HTML, PDF = "report.html", "report.pdf"
INTERNAL_HTML, INTERNAL_PDF = "internal-report.html", "internal-report.pdf"
