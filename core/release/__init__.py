"""What is written when a study ends: the synthetic table, its manifest, the hospital's report."""
