"""statsmodels' PoissonBayesMixedGLM.fit_vb: mean-field variational Bayes with the scenario's priors.

    python3 Scenarios/estimators/statsmodels_vb.py

Each effect of a level is a column of `exog_vc`, and those of one random term share a variance.
"""

from protocol import Refusal, serve, skip

try:
    import numpy
    import scipy.sparse
    import statsmodels
    from statsmodels.genmod.bayes_mixed_glm import PoissonBayesMixedGLM
except ImportError as error:
    skip(f"the Python package {error.name} is not installed")

import warnings

# What a derivative of the bound may be at an optimum: the bound is then some 1e-6 from its highest.
FLAT = 1e-2


def fit(request, data):
    if data.offset is not None:
        raise Refusal("PoissonBayesMixedGLM takes no offset")
    if data.family != "poisson":
        raise Refusal("PoissonBayesMixedGLM has Poisson counts only")
    if data.has_correlations:
        raise Refusal("PoissonBayesMixedGLM has no correlated random terms")
    rows = numpy.arange(len(data.y))
    components = [(factor, z) for factor in data.factors for z in factor.z]
    effects = scipy.sparse.hstack(
        [
            scipy.sparse.csr_matrix((z, (rows, factor.levels)), shape=(len(rows), factor.count))
            for factor, z in components]
    ).tocsr()
    terms = numpy.repeat(numpy.arange(len(components)), [factor.count for factor, _ in components])
    model = PoissonBayesMixedGLM(
        data.y, data.x, effects, terms, vcp_p=request["priors"]["log_sd_sd"],
        fe_p=request["priors"]["fixed_effect_sd"])
    # It starts from random numbers; these are the same each time.
    numpy.random.seed(1)
    with warnings.catch_warnings():
        # It warns where its optimizer stopped at the limit of precision, which the derivatives judge better.
        warnings.simplefilter("ignore")
        result = model.fit_vb()
    means = numpy.concatenate([result.fe_mean, result.vcp_mean, result.vc_mean])
    sds = numpy.concatenate([result.fe_sd, result.vcp_sd, result.vc_sd])
    slope, slope_of_sd = model.vb_elbo_grad(means, sds)
    steepest = max(numpy.abs(slope).max(), numpy.abs(slope_of_sd * sds).max())
    return {
        "fixed": list(zip(result.fe_mean, result.fe_sd)),
        "log_sd": list(zip(result.vcp_mean, result.vcp_sd)),
        "converged": bool(steepest < FLAT),
        "status": "converged" if steepest < FLAT else f"a derivative of the bound is {steepest:.2g}",
        "iterations": 0,
    }


serve(f"statsmodels {statsmodels.__version__}", fit)
