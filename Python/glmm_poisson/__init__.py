"""Poisson generalized linear mixed models by variational Bayes.

>>> import glmm_poisson
>>> data = {"y": [2, 3, 5, 1, 2, 4], "x": [1, 2, 3, 1, 2, 3], "clinic": list("aaabbb")}
>>> fit = glmm_poisson.fit("y ~ x + (1 | clinic)", data)
>>> fit.params.round(3).to_dict()
{'Intercept': -0.211, 'x': 0.549}
>>> fit.warnings[0]
'There are only 2 groups: the standard deviations between groups rest largely on their priors.'
"""

from ._fit import fit
from ._function import GLMM_POISSON
from ._library import GLMMPoissonError, Limit, version
from ._result import FitResult, Summary
from ._statsmodels import PoissonBayesMixedGLM

__version__ = version()

__all__ = [
    "GLMM_POISSON",
    "FitResult",
    "GLMMPoissonError",
    "Limit",
    "PoissonBayesMixedGLM",
    "Summary",
    "__version__",
    "fit",
]
