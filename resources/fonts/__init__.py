"""Inter and Noto Sans Mono, unmodified, SIL Open Font License 1.1 (texts beside them)."""
