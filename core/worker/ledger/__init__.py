"""The privacy ledger for people: shown, decided on, kept safe, exported and verified."""
