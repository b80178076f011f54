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


def test_components_are_those_of_their_names(data):
    """The fit has g's terms before h's; the components are in the order of the dict."""
    data = data.assign(h=np.random.default_rng(6).permutation(np.repeat(list("pqrs"), 24)))
    formulas = {"slope_g": "0 + C(g):x", "int_h": "0 + C(h)", "int_g": "0 + C(g)"}
    found = PoissonBayesMixedGLM.from_formula("y ~ x", formulas, data).fit_vb()
    names = [("g", "x"), ("h", "Intercept"), ("g", "Intercept")]
    scales = found.fit.standard_deviations.set_index(["group", "parameter"])
    effects = found.fit.random_effects.set_index(["factor", "parameter"])
    assert found.vcp_names == list(formulas)
    assert found.vcp_mean.tolist() == [scales.log_sd_mean[name] for name in names]
    assert found.vcp_sd.tolist() == [scales.log_sd_sd[name] for name in names]
    for found_values, key in ((found.vc_mean, "mean"), (found.vc_sd, "sd")):
        assert found_values.tolist() == [
            value for name in names for value in effects.sort_index().loc[name, key]]


def test_effects_are_those_of_the_columns(data):
    """Groups appear in another order than their columns, whose components alternate."""
    data = data.iloc[::-1]
    exog = np.column_stack([np.ones(96), data.x])
    indicators = (data.g.to_numpy()[:, None] == np.arange(13)).astype(float)
    vc = np.stack([indicators, indicators * exog[:, 1:]], axis=2).reshape(96, 26)
    found = PoissonBayesMixedGLM(data.y, exog, vc, [1, 0] * 13).fit_vb()
    expected = glmm_poisson.fit("y ~ x + (0 + x | g) + (1 | g)", data).random_effects
    for parameter, first in (("Intercept", 0), ("x", 1)):
        rows = expected[expected.parameter == parameter].set_index("group")["mean"]
        values = found.vc_mean[first::2]
        np.testing.assert_allclose(values[:12], rows[[str(g) for g in range(12)]], atol=0.02)
        assert np.isnan(values[12])


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
    with pytest.raises(glmm_poisson.GLMMPoissonError, match=r"'g' \(x, z\) are not one for each"):
        PoissonBayesMixedGLM.from_formula(
            "y ~ x", {"g": "0 + C(g):x + z"}, data.assign(z=data.x**2)).fit_vb()
    with pytest.raises(glmm_poisson.GLMMPoissonError, match=r"shapes are \(1,\) and \(96, 2\)"):
        PoissonBayesMixedGLM(data.y, data[["x"]], np.ones((96, 2)), [0])
    with pytest.raises(glmm_poisson.GLMMPoissonError, match="'vcp_names' must have 1 names, not 2"):
        PoissonBayesMixedGLM(data.y, data[["x"]], np.ones((96, 1)), [0], vcp_names=["a", "b"])
