"""GPBoost: maximum likelihood by Laplace's approximation in C++, Wald intervals, for the log SDs too.

    python3 Scenarios/estimators/gpboost.py
"""

import sys

from protocol import Refusal, serve, skip

# This file has the library's name, and its folder comes first where Python looks.
sys.path.pop(0)
try:
    import gpboost
    import numpy
except ImportError as error:
    skip(f"the Python package {error.name} is not installed")

# As in protocol.R: below this an SD is taken for zero, and its log is no estimate.
SINGULAR_SD = 0.01
ITERATIONS = 1000
LIKELIHOODS = {"poisson": "poisson", "negative-binomial": "negative_binomial"}


def fit(request, data):
    if data.family not in LIKELIHOODS:
        raise Refusal(f"GPBoost has no {data.family} counts")
    if data.has_correlations:
        raise Refusal("GPBoost has no correlated random terms")
    # For each factor the intercept, if it has one; then the slopes, factor after factor.
    slopes = [
        (number, term, z)
        for number, factor in enumerate(data.factors)
        for term, z in zip(factor.terms, factor.z) if term != "Intercept"]
    has_intercept = ["Intercept" in factor.terms for factor in data.factors]
    terms = sum(len(factor.terms) for factor in data.factors)
    levels = [factor.levels for factor in data.factors]
    model = gpboost.GPModel(
        likelihood=LIKELIHOODS[data.family],
        group_data=numpy.column_stack(levels) if len(levels) > 1 else levels[0],
        group_rand_coef_data=numpy.column_stack([z for _, _, z in slopes]) if slopes else None,
        ind_effect_group_rand_coef=[number + 1 for number, _, _ in slopes] if slopes else None,
        drop_intercept_group_rand_effect=None if all(has_intercept) else [not has for has in has_intercept],
        # The default with more than one random effect is iterative: slower, and standard errors that are off.
        **({"matrix_inversion_method": "cholesky"} if terms > 1 else {}),
    )
    # The default tolerance ends the search before the third digit of the SD is right.
    model.fit(
        y=data.y, X=data.x, offset=data.offset,
        params={"delta_rel_conv": 1e-8, "maxit": ITERATIONS})
    # Two rows each: estimates, standard errors.
    fixed = model.get_coef(std_err=True, format_pandas=False)
    variances, errors = model.get_cov_pars(std_err=True, format_pandas=False)
    sds = numpy.sqrt(variances)
    # The intercepts' variances come first, wherever the request has them.
    order = [(number, "Intercept") for number, has in enumerate(has_intercept) if has]
    order += [(number, term) for number, term, _ in slopes]
    # d log SD / d variance = 1 / (2 variance).
    log_sds = {
        key: None if sd < SINGULAR_SD else (numpy.log(sd), error / (2 * sd**2))
        for key, sd, error in zip(order, sds, errors)}
    # The shape is the size; it has no standard error.
    family = {}
    if data.family == "negative-binomial":
        own = -0.5 * numpy.log(float(model.get_aux_pars(format_pandas=False)[0]))
        family["log_overdispersion_sd"] = None if numpy.exp(own) < SINGULAR_SD else (own, None)
    iterations = int(model._get_num_optim_iter())
    converged = iterations < ITERATIONS
    return {
        "fixed": list(zip(*fixed)),
        "log_sd": [
            log_sds[number, term] for number, factor in enumerate(data.factors) for term in factor.terms],
        "family": family,
        "converged": converged,
        "status": "converged" if converged else f"not converged after {ITERATIONS} iterations",
        "iterations": iterations,
    }


serve(f"GPBoost {gpboost.__version__}", fit)
