"""Fits a CSV file with GPBoost (Laplace approximation) whenever asked to: README.md beside this folder tells how."""

import sys
import time

from exchange import read_columns, ready, requests, skip

try:
    import gpboost
except ImportError:
    skip("gpboost is not installed")

import numpy

file, design = sys.argv[1:3]
y, x, groups = read_columns(file)
has_slope = design == "slope"
ready(f"GPBoost {gpboost.__version__}")

for answer in requests():
    start = time.perf_counter()
    model = gpboost.GPModel(
        group_data=groups,
        group_rand_coef_data=x[:, [1]] if has_slope else None,
        ind_effect_group_rand_coef=[1] if has_slope else None,
        likelihood="poisson",
        # With one random effect there is nothing to choose. With more the default is iterative: slower, and standard
        # errors that are off.
        **({"matrix_inversion_method": "cholesky"} if has_slope else {}),
    )
    # The default tolerance ends the search before the third digit of the SD is right.
    model.fit(y=y, X=x, params={"delta_rel_conv": 1e-8})
    # Two rows: coefficients, standard errors.
    fixed, errors = model.get_coef(std_err=True, format_pandas=False)
    variances = model.get_cov_pars(format_pandas=False)
    answer(
        seconds=time.perf_counter() - start,
        fixed=fixed.tolist(),
        se=errors.tolist(),
        logSD=(0.5 * numpy.log(variances)).tolist(),
    )
