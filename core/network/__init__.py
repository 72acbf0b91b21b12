"""Authenticated, encrypted channels between the parties of one run."""
