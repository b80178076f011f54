"""Fits a CSV file with statsmodels' PoissonBayesMixedGLM.fit_vb whenever asked to: README.md beside this folder tells how."""

import sys
import time
import warnings

from exchange import read_columns, ready, requests, skip

try:
    import statsmodels
    from statsmodels.genmod.bayes_mixed_glm import PoissonBayesMixedGLM
except ImportError:
    skip("statsmodels is not installed")

import numpy
import scipy.sparse

file, design, optimizer = sys.argv[1:4]
y, x, groups = read_columns(file)
rows = numpy.arange(len(y))
labels, column = numpy.unique(groups, return_inverse=True)
ready(f"statsmodels {statsmodels.__version__}")
# It warns where its optimizer stopped at the limit of precision.
warnings.simplefilter("ignore")

for answer in requests():
    start = time.perf_counter()
    terms = [numpy.ones(len(y))] + ([x[:, 1]] if design == "slope" else [])
    effects = scipy.sparse.hstack(
        [scipy.sparse.csr_matrix((z, (rows, column)), shape=(len(y), len(labels))) for z in terms]
    ).tocsr()
    component = numpy.repeat(numpy.arange(len(terms)), len(labels))
    model = PoissonBayesMixedGLM(y, x, effects, component, vcp_p=1, fe_p=2)
    fit = model.fit_vb(fit_method=optimizer)
    answer(
        seconds=time.perf_counter() - start,
        fixed=fit.fe_mean.tolist(),
        se=fit.fe_sd.tolist(),
        logSD=fit.vcp_mean.tolist(),
    )
