"""Class means and a factor model from clipped sums: the default recipe.

    class-counts   how many patients per class
    levels         each record's own level and spread over the panel, on the log2 scale
    class-levels   how far they lie from that in each class
    centre         where each gene lies on the normalised scale
    scale          how far it spreads around that
    sites          per party what its pipeline adds to each gene (option, off by default)
    class-sums     per class the sum of clipped, centred and scaled records
    class-scores   the same for their scores on public factors (with a public reference)
    cross          sum of record x scores: loadings (with a public reference)

The model is normal within classes: shrunk class means, factor covariance, own noise per gene.
Every stage is a sum over patients of a bounded integer vector; nothing exact is ever opened.

References:
    generators.md "The recipe moments".
"""
