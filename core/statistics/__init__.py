"""What a stage sums, and how far one patient can move it: integers from here on."""
