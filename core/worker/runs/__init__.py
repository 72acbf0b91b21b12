"""One run at one hospital: the run worker, the order of spending and opening, what comes out."""
