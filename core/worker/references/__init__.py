"""Public references at this hospital: built from open files, read, checked, cut to a panel."""
