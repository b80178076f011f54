"""GPBoost: maximum likelihood by Laplace's approximation in C++, Wald intervals, for the log SDs too.

    python3 Scenarios/estimators/gpboost.py
"""

import sys

from protocol import serve, skip

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


def fit(request, data):
    slopes = [z for name, z in zip(request["random"], data.z) if name != "Intercept"]
    model = gpboost.GPModel(
        likelihood="poisson",
        group_data=data.groups,
        group_rand_coef_data=numpy.column_stack(slopes) if slopes else None,
        ind_effect_group_rand_coef=[1] * len(slopes) if slopes else None,
        drop_intercept_group_rand_effect=[True] if "Intercept" not in request["random"] else None,
        # The default with more than one random effect is iterative: slower, and standard errors that are off.
        **({"matrix_inversion_method": "cholesky"} if len(data.z) > 1 else {}),
    )
    # The default tolerance ends the search before the third digit of the SD is right.
    model.fit(
        y=data.y, X=data.x, offset=data.offset,
        params={"delta_rel_conv": 1e-8, "maxit": ITERATIONS})
    # Two rows each: estimates, standard errors.
    fixed = model.get_coef(std_err=True, format_pandas=False)
    variances, errors = model.get_cov_pars(std_err=True, format_pandas=False)
    sds = numpy.sqrt(variances)
    # The intercept's variance comes first, wherever the request has it.
    order = [name for name in request["random"] if name == "Intercept"]
    order += [name for name in request["random"] if name != "Intercept"]
    # d log SD / d variance = 1 / (2 variance).
    log_sds = {
        name: None if sd < SINGULAR_SD else (numpy.log(sd), error / (2 * sd**2))
        for name, sd, error in zip(order, sds, errors)}
    iterations = int(model._get_num_optim_iter())
    converged = iterations < ITERATIONS
    return {
        "fixed": list(zip(*fixed)),
        "log_sd": [log_sds[name] for name in request["random"]],
        "converged": converged,
        "status": "converged" if converged else f"not converged after {ITERATIONS} iterations",
        "iterations": iterations,
    }


serve(f"GPBoost {gpboost.__version__}", fit)
