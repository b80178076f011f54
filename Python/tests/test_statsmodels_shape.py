"""The class in the shape of statsmodels' is the same model as the formula's."""

import glmm_poisson
import numpy as np
import pandas as pd
import pytest
from glmm_poisson import PoissonBayesMixedGLM


@pytest.fixture(scope="module")
def data():
    generator = np.random.default_rng(5)
    g = np.repeat(np.arange(12), 8)
    x = generator.normal(size=96)
    eta = 0.5 + 0.3 * x + generator.normal(size=12)[g] * 0.5
    return pd.DataFrame({"y": generator.poisson(np.exp(eta)), "x": x, "g": g})


def test_from_formula(data):
    found = PoissonBayesMixedGLM.from_formula(
        "y ~ x", {"intercepts": "0 + C(g)", "slopes": "0 + C(g):x"}, data).fit_vb()
    expected = glmm_poisson.fit(
        "y ~ x + (1 | g) + (0 + x | g)", data, log_sd_prior_sd=1, fixed_prior_sd=2)
    assert found.fe_mean.tolist() == expected.params.tolist()
    assert found.vcp_names == ["intercepts", "slopes"] and len(found.vcp_mean) == 2
    assert len(found.vc_mean) == len(found.vc_sd) == 24


def test_arrays_are_the_same_model(data):
    exog = np.column_stack([np.ones(96), data.x])
    indicators = (data.g.to_numpy()[:, None] == np.arange(12)).astype(float)
    found = PoissonBayesMixedGLM(data.y, exog, indicators, np.zeros(12, dtype=int)).fit_vb()
    expected = glmm_poisson.fit("y ~ x + (1 | g)", data)
    # The intercept is a column like any other here: the same model by another way of computing.
    np.testing.assert_allclose(found.fe_mean, expected.params, rtol=1e-6)
    np.testing.assert_allclose(found.vcp_mean, expected.json["random_effects"][0]["log_sd_mean"],
                               rtol=1e-6)
    slopes = PoissonBayesMixedGLM(
        data.y, exog, np.hstack([indicators, indicators * exog[:, 1:]]), np.repeat([0, 1], 12)
    ).fit_vb()
    assert len(slopes.vc_mean) == 24


def test_mean_field_is_statsmodels_approximation(data):
    found = PoissonBayesMixedGLM.from_formula("y ~ x", {"g": "0 + C(g)"}, data).fit_vb(
        approximation="mean-field")
    assert found.fit.json["approximation"] == "mean-field"
    corrected = PoissonBayesMixedGLM.from_formula("y ~ x", {"g": "0 + C(g)"}, data).fit_vb()
    # The intercept's SD of mean-field leaves out what the groups' effects share.
    assert found.fe_sd[0] < 0.6 * corrected.fe_sd[0]


def test_what_is_no_such_component_is_said(data):
    with pytest.raises(glmm_poisson.GLMMPoissonError, match="must be '0 \\+ C\\(g\\)'"):
        PoissonBayesMixedGLM.from_formula("y ~ x", {"g": "0 + C(g) + C(h)"}, data)
    with pytest.raises(glmm_poisson.GLMMPoissonError, match="each row must have one"):
        PoissonBayesMixedGLM(data.y, data[["x"]], np.ones((96, 2)), [0, 0])
