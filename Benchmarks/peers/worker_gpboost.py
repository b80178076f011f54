"""Fits a CSV file with GPBoost (Laplace approximation) whenever asked to: README.md beside this folder tells how."""

import sys
import time

from designs import DESIGNS, family
from exchange import decline, read_columns, ready, requests, skip

try:
    import gpboost
except ImportError:
    skip("gpboost is not installed")

import numpy

file, design, inversion = sys.argv[1:4]
factors = DESIGNS[design]
has_slope = len(factors[0].terms) > 1
# With one random effect there is nothing to choose.
has_choice = has_slope or len(factors) > 1
if inversion == "iterative" and not has_choice:
    decline("the same as without: one random effect")
y, x, levels = read_columns(file, design)
groups = levels[0] if len(factors) == 1 else numpy.column_stack(levels)
ready(f"GPBoost {gpboost.__version__}")

for answer in requests():
    start = time.perf_counter()
    # Of a slope and an intercept it has no correlation.
    model = gpboost.GPModel(
        group_data=groups,
        group_rand_coef_data=x[:, [1]] if has_slope else None,
        ind_effect_group_rand_coef=[1] if has_slope else None,
        likelihood=family(design).replace("-", "_"),
        **({"matrix_inversion_method": inversion} if has_choice else {}),
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
        correlation=[],
    )
