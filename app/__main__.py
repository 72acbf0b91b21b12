"""``python -m app`` opens the application."""

from __future__ import annotations

from app.main import main

if __name__ == "__main__":
    raise SystemExit(main())
