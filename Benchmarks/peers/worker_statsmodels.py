"""Fits a CSV file with statsmodels' PoissonBayesMixedGLM.fit_vb whenever asked to: README.md beside this folder tells how."""

import sys
import time
import warnings

from designs import DESIGNS, family, has_correlations
from exchange import decline, read_columns, ready, requests, skip

try:
    import statsmodels
    from statsmodels.genmod.bayes_mixed_glm import PoissonBayesMixedGLM
except ImportError:
    skip("statsmodels is not installed")

import numpy
import scipy.sparse

file, design, optimizer = sys.argv[1:4]
if has_correlations(design):
    decline("independent effects only")
if family(design) != "poisson":
    decline("Poisson counts only")
y, x, levels = read_columns(file, design)
rows = numpy.arange(len(y))
factors = [
    (factor.terms, *numpy.unique(numbers, return_inverse=True))
    for factor, numbers in zip(DESIGNS[design], levels)]
ready(f"statsmodels {statsmodels.__version__}")
# It warns where its optimizer stopped at the limit of precision.
warnings.simplefilter("ignore")

for answer in requests():
    start = time.perf_counter()
    blocks = []
    for terms, labels, column in factors:
        for term in terms:
            z = numpy.ones(len(y)) if term == "Intercept" else x[:, 1]
            blocks.append(scipy.sparse.csr_matrix((z, (rows, column)), shape=(len(y), len(labels))))
    effects = scipy.sparse.hstack(blocks).tocsr()
    component = numpy.repeat(numpy.arange(len(blocks)), [block.shape[1] for block in blocks])
    model = PoissonBayesMixedGLM(y, x, effects, component, vcp_p=1, fe_p=2)
    fit = model.fit_vb(fit_method=optimizer)
    answer(
        seconds=time.perf_counter() - start,
        fixed=fit.fe_mean.tolist(),
        se=fit.fe_sd.tolist(),
        logSD=fit.vcp_mean.tolist(),
        correlation=[],
    )
