"""Building a study's plan from public facts: pure values, no files, no network, no patients."""
