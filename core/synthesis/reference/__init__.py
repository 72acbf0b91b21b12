"""Public references: what an open cohort says about genes, as a file and inside a plan."""
