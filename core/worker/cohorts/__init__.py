"""The hospital's own cohorts: files, layouts, patients on the ledger's books."""
