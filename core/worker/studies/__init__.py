"""Studies between installations: lobby, signatures, and the conducting of a run."""
