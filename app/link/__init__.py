"""The worker process as the application sees it: commands in, typed events out."""

from app.link.link import Link
from app.link.worker_link import WorkerLink

__all__ = ["Link", "WorkerLink"]
