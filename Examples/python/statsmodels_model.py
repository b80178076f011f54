"""A model written for statsmodels' PoissonBayesMixedGLM, fitted here.

Only the import changes; standard errors do, too: statsmodels' mean-field approximation makes those
of the intercept and of group-level covariates far too small.
"""

import numpy as np
import pandas as pd
from glmm_poisson import PoissonBayesMixedGLM

generator = np.random.default_rng(3)
clinic = np.repeat(np.arange(15), 10)
visit = np.tile(np.arange(10) / 10, 15)
rate = np.exp(0.5 + 0.4 * visit + 0.6 * generator.normal(size=15)[clinic])
data = pd.DataFrame({"events": generator.poisson(rate), "visit": visit, "clinic": clinic})

model = PoissonBayesMixedGLM.from_formula("events ~ visit", {"clinic": "0 + C(clinic)"}, data)
for approximation in ("mean-field", "corrected"):
    result = model.fit_vb(approximation=approximation)
    print(f"{approximation:12s}", dict(zip(result.fe_names, result.fe_sd.round(3).tolist())))
