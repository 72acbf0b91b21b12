"""Inter and Noto Sans Mono, unmodified, under the SIL Open Font License 1.1 (texts beside them)."""
