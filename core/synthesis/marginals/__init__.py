"""Label x gene tables: the published select-measure-generate design, made private end to end.

    class-counts   how many patients per class
    centre         where each gene lies on the normalised scale
    scale          how far it spreads around that
    tables         label x gene x bin on centred and scaled values; 2 to 8 bins, as the plan says

The model is a star: a class, then every gene by itself given the class. It has a closed form;
nothing exact (number of patients, bin edges, bin means) is ever opened.

References:
    Filienko, De Cock, Pentyala 2026 (arXiv 2604.27456), and what is wrong with it: generators.md.
"""
