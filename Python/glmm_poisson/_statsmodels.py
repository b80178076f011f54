"""A class in the shape of statsmodels' PoissonBayesMixedGLM."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ._data import Data
from ._fit import Approximation, fit
from ._library import GLMMPoissonError, Limit
from ._result import FitResult, Summary

#: `0 + C(g)`, and `0 + C(g):x` or `0 + x:C(g)`.
_COMPONENT = re.compile(
    r"0\s*\+\s*(?:C\((?P<group>[^()]+)\)(?:\s*:\s*(?P<slope>[^:]+))?"
    r"|(?P<first>[^:]+?)\s*:\s*C\((?P<second>[^()]+)\))\s*"
)


class PoissonBayesMixedGLM:
    """A Poisson mixed model in the way of statsmodels, for those who come from there.

    >>> data = {"y": [2, 3, 5, 1, 2, 4], "x": [1, 2, 3, 1, 2, 3], "g": [1, 1, 1, 2, 2, 2]}
    >>> model = PoissonBayesMixedGLM.from_formula("y ~ x", {"g": "0 + C(g)"}, data)
    >>> model.formula
    'y ~ x + (1 | g)'
    >>> model.fit_vb().fe_mean.round(2)
    array([-0.21,  0.55])
    """

    def __init__(
        self,
        endog: npt.ArrayLike,
        exog: npt.ArrayLike,
        exog_vc: Any,
        ident: npt.ArrayLike,
        vcp_p: float = 1,
        fe_p: float = 2,
        fep_names: Sequence[str] | None = None,
        vcp_names: Sequence[str] | None = None,
    ) -> None:
        """A model from arrays.

        Args:
            endog: n counts.
            exog: n x p, with a column of ones for an intercept.
            exog_vc: n x d; of the columns of one variance component each row has one that is not 0.
            ident: for each column of exog_vc the number of its variance component.
            vcp_p: the prior SD of the log SDs.
            fe_p: the prior SD of the fixed effects.
            fep_names: names of exog's columns.
            vcp_names: names of the variance components.
        """
        fixed = np.atleast_2d(np.asarray(exog, dtype=float).T)
        dense = np.asarray(exog_vc.todense() if hasattr(exog_vc, "todense") else exog_vc)
        component_of = np.asarray(ident)
        components = np.unique(component_of)
        self._fe_names = list(fep_names or (f"x{k}" for k in range(len(fixed))))
        self._vcp_names = list(vcp_names or (f"g{k}" for k in range(len(components))))
        data: dict[str, Any] = {"y": np.asarray(endog)}
        terms = ["0"]
        for index, column in enumerate(fixed):
            data[f"x{index}"] = column
            terms.append(f"x{index}")
        for index, component in enumerate(components):
            block = dense[:, component_of == component]
            if not ((block != 0).sum(axis=1) == 1).all():
                raise GLMMPoissonError(
                    f"Of the columns of variance component '{self._vcp_names[index]}' each row "
                    "must have one that is not 0: use glmm_poisson.fit for other designs."
                )
            data[f"g{index}"] = (block != 0).argmax(axis=1)
            values = block.sum(axis=1)
            if (values == 1).all():
                terms.append(f"(1 | g{index})")
            else:
                data[f"z{index}"] = values
                terms.append(f"(0 + z{index} | g{index})")
        self.formula = "y ~ " + " + ".join(terms)
        self._data: Data = data
        self._vcp_p, self._fe_p = vcp_p, fe_p

    @classmethod
    def from_formula(
        cls,
        formula: str,
        vc_formulas: Mapping[str, str],
        data: Data,
        vcp_p: float = 1,
        fe_p: float = 2,
    ) -> PoissonBayesMixedGLM:
        """A model from formulas.

        Args:
            formula: of the fixed effects; ``C(f)`` is ``factor(f)``, ``np.log(x)`` is ``log(x)``.
            vc_formulas: by name, each ``0 + C(g)`` for an intercept of every level of g, or
                ``0 + C(g):x`` for a slope.
            data: as for `fit`.
            vcp_p: the prior SD of the log SDs.
            fe_p: the prior SD of the fixed effects.
        """
        model = cls.__new__(cls)
        terms = [formula.replace("C(", "factor(").replace("np.", "")]
        for name, text in vc_formulas.items():
            match = _COMPONENT.fullmatch(text.strip())
            if match is None:
                raise GLMMPoissonError(
                    f"The variance component '{name}' must be '0 + C(g)' or '0 + C(g):x', not "
                    f"'{text}': write the random terms for glmm_poisson.fit."
                )
            group = (match["group"] or match["second"]).strip()
            slope = (match["slope"] or match["first"] or "1").strip()
            terms.append(f"({slope if slope == '1' else '0 + ' + slope} | {group})")
        model.formula = " + ".join(terms)
        model._data = data
        model._vcp_p, model._fe_p = vcp_p, fe_p
        model._fe_names, model._vcp_names = [], list(vc_formulas)
        return model

    def fit_vb(
        self,
        *,
        approximation: Approximation = "corrected",
        scale_fe: bool = False,
        limit: Limit | float | None = None,
    ) -> PoissonBayesMixedGLMResults:
        """Fits the model. "mean-field" is the approximation of statsmodels' own ``fit_vb``, with
        standard errors that are far too small for the intercept and group-level covariates."""
        found = fit(
            self.formula, self._data, approximation=approximation, fixed_prior_sd=self._fe_p,
            log_sd_prior_sd=self._vcp_p, standardize=scale_fe, limit=limit)
        return PoissonBayesMixedGLMResults(found, self._fe_names, self._vcp_names)


class PoissonBayesMixedGLMResults:
    """A fit under the names of statsmodels; ``fit`` is the whole of it."""

    def __init__(self, found: FitResult, fe_names: list[str], vcp_names: list[str]) -> None:
        self.fit = found
        self.fe_names = fe_names or list(found.params.index)
        self.vcp_names = vcp_names
        #: Posterior means and SDs of the fixed effects.
        self.fe_mean = found.params.to_numpy()
        self.fe_sd = found.bse.to_numpy()
        scales = found.json["random_effects"]
        #: Posterior means and SDs of the log SDs.
        self.vcp_mean = np.array([scale["log_sd_mean"] for scale in scales])
        self.vcp_sd = np.array([scale["log_sd_sd"] for scale in scales])

    @property
    def vc_mean(self) -> npt.NDArray[np.float64]:
        """Posterior means of all random effects."""
        return self.fit.random_effects["mean"].to_numpy(dtype=float)

    @property
    def vc_sd(self) -> npt.NDArray[np.float64]:
        """Their posterior standard deviations."""
        return self.fit.random_effects["sd"].to_numpy(dtype=float)

    def summary(self) -> Summary:
        """The results as text and, in a notebook, as tables."""
        return self.fit.summary()
