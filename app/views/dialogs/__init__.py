"""Dialogs: quiet, modal to the window, with a safe way out."""
