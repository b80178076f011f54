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
        if dense.ndim != 2 or component_of.shape != dense.shape[1:]:
            raise GLMMPoissonError(
                "'ident' must have one number for each column of 'exog_vc': their shapes are "
                f"{component_of.shape} and {dense.shape}."
            )
        components = np.unique(component_of)
        self._fe_names = _names("fep_names", fep_names, "x", len(fixed))
        self._vcp_names = _names("vcp_names", vcp_names, "g", len(components))
        self._factors = [f"g{k}" for k in range(len(components))]
        self._columns = [np.flatnonzero(component_of == component) for component in components]
        data: dict[str, Any] = {"y": np.asarray(endog)}
        terms = ["0"]
        for index, column in enumerate(fixed):
            data[f"x{index}"] = column
            terms.append(f"x{index}")
        for index in range(len(components)):
            block = dense[:, self._columns[index]]
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
        factors = []
        for name, text in vc_formulas.items():
            match = _COMPONENT.fullmatch(text.strip())
            if match is None:
                raise GLMMPoissonError(
                    f"The variance component '{name}' must be '0 + C(g)' or '0 + C(g):x', not "
                    f"'{text}': write the random terms for glmm_poisson.fit."
                )
            group = (match["group"] or match["second"]).strip()
            slope = (match["slope"] or match["first"] or "1").strip().replace("np.", "")
            factors.append(re.sub(r"\s*:\s*", ":", group.replace("`", "")))
            terms.append(f"({slope if slope == '1' else '0 + ' + slope} | {group})")
        model.formula = " + ".join(terms)
        model._data = data
        model._vcp_p, model._fe_p = vcp_p, fe_p
        model._fe_names, model._vcp_names = [], list(vc_formulas)
        model._factors, model._columns = factors, []
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
        return PoissonBayesMixedGLMResults(
            found, self._fe_names, self._vcp_names, self._factors, self._columns)


def _names(argument: str, given: Sequence[str] | None, prefix: str, count: int) -> list[str]:
    names = [f"{prefix}{k}" for k in range(count)] if given is None else list(given)
    if len(names) != count:
        raise GLMMPoissonError(f"'{argument}' must have {count} names, not {len(names)}.")
    return names


class PoissonBayesMixedGLMResults:
    """A fit under the names of statsmodels; ``fit`` is the whole of it."""

    def __init__(
        self,
        found: FitResult,
        fe_names: list[str],
        vcp_names: list[str],
        factors: list[str],
        columns: list[npt.NDArray[np.intp]],
    ) -> None:
        """``factors``: the grouping factor of each variance component; ``columns``: the columns of
        exog_vc that belong to it, if there are such."""
        self.fit = found
        self.fe_names = fe_names or list(found.params.index)
        self.vcp_names = vcp_names
        #: Posterior means and SDs of the fixed effects.
        self.fe_mean = found.params.to_numpy()
        self.fe_sd = found.bse.to_numpy()
        self._scales = _scales(found, factors)
        self._columns = columns
        #: Posterior means and SDs of the log SDs.
        self.vcp_mean = np.array([scale["log_sd_mean"] for scale in self._scales])
        self.vcp_sd = np.array([scale["log_sd_sd"] for scale in self._scales])

    @property
    def vc_mean(self) -> npt.NDArray[np.float64]:
        """Posterior means of all random effects: of exog_vc's columns, NaN where no row has one;
        of formulas those of one variance component after the other, as ``fit.random_effects`` has
        their levels."""
        return self._effects("mean")

    @property
    def vc_sd(self) -> npt.NDArray[np.float64]:
        """Their posterior standard deviations."""
        return self._effects("sd")

    def _effects(self, key: str) -> npt.NDArray[np.float64]:
        effects = self.fit.random_effects
        blocks = [
            effects[(effects.factor == scale["group"]) & (effects.parameter == scale["parameter"])]
            for scale in self._scales
        ]
        if not self._columns:
            return np.concatenate([block[key].to_numpy(dtype=float) for block in blocks])
        values = np.full(sum(map(len, self._columns)), np.nan)
        for block, columns in zip(blocks, self._columns):
            # A group is the index of its column.
            values[columns[block.group.astype(int)]] = block[key]
        return values

    def summary(self) -> Summary:
        """The results as text and, in a notebook, as tables."""
        return self.fit.summary()


def _scales(found: FitResult, factors: list[str]) -> list[dict[str, Any]]:
    """The standard deviation of each variance component. The fit has those of one factor after
    those of the other; those of the same factor are in the formula's order."""
    of_factor: dict[str, list[dict[str, Any]]] = {}
    for scale in found.json["random_effects"]:
        of_factor.setdefault(scale["group"], []).append(scale)
    for factor, scales in of_factor.items():
        if factors.count(factor) != len(scales):
            terms = ", ".join(scale["parameter"] for scale in scales)
            raise GLMMPoissonError(
                f"The random effects of '{factor}' ({terms}) are not one for each variance "
                "component: write the random terms for glmm_poisson.fit."
            )
    return [of_factor[factor].pop(0) for factor in factors]
