"""Fits of formulas to data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ._data import Data, LibraryData, leaves_out
from ._library import GLMMPoissonError, Limit, answer, function, limit_of, options_text, text
from ._result import FitResult

Approximation = Literal["mean-field", "structured", "integrated", "corrected"]


def fit(
    formula: str,
    data: Data,
    *,
    approximation: Approximation | None = None,
    family: str | None = None,
    alpha: float | None = None,
    fixed_prior_sd: float | None = None,
    log_sd_prior_sd: float | None = None,
    correlation_shape: float | None = None,
    prior: str | Sequence[str] | None = None,
    standardize: bool | None = None,
    threads: int | None = None,
    references: Mapping[str, str] | None = None,
    weights: str | None = None,
    contrasts: Sequence[str] | None = None,
    means: Sequence[str] | None = None,
    pairs: Sequence[str] | None = None,
    variances: bool | None = None,
    keep: bool = True,
    limit: Limit | float | None = None,
) -> FitResult:
    """Fits a Poisson mixed model, or without a random term a Poisson regression.

    Args:
        formula: in R's and lme4's notation, ``y ~ x + (1 + x | g) + offset(log(days))``.
        data: a data frame of pandas or Polars, a dict of columns, or the path of a CSV file.
        approximation: "corrected" unless given.
        family: of the counts, "poisson" unless given; or "negative-binomial",
            "zero-inflated-poisson" or "zero-inflated-negative-binomial".
        alpha: intervals hold a probability of 1 - alpha; 0.05 unless given.
        fixed_prior_sd: the prior SD of each fixed effect; 2 unless given.
        log_sd_prior_sd: the prior SD of the log SDs of random effects; 1 unless given.
        correlation_shape: the shape of the LKJ prior of correlations; 2 unless given.
        prior: priors of single parameters, such as "Intercept ~ normal(-7, 5)" or
            "sd(site) ~ halfnormal(0.5)".
        standardize: whether columns are centred and scaled for the fit.
        threads: how many the fit may use; the results do not depend on it.
        references: the levels that others are compared with, by factor.
        weights: the column that says how often each row counts.
        contrasts: linear combinations of coefficients, such as "trt + lbase:trt".
        means: factors whose marginal means are wanted.
        pairs: factors whose means are to be compared pair by pair.
        variances: whether intraclass correlations and R^2 are wanted.
        keep: whether the result can predict and knows its random effects.
        limit: seconds, or a `Limit` that another thread may cancel.

    Raises:
        GLMMPoissonError: the formula, the data or an option cannot be used, or there is no fit.

    >>> fit("y ~ x", {"y": [0, 1, 2, 5], "x": [0, 1, 2, 3]}, alpha=0.1).params.index.tolist()
    ['Intercept', 'x']
    >>> fit("y ~ z", {"y": [0, 1], "x": [0, 1]})
    Traceback (most recent call last):
        ...
    glmm_poisson._library.GLMMPoissonError: In the data, there is no column 'z'; the columns are y, x.
    """
    options: dict[str, Any] = {
        "approximation": approximation,
        "family": family,
        "alpha": alpha,
        "fixed_prior_sd": fixed_prior_sd,
        "log_sd_prior_sd": log_sd_prior_sd,
        "correlation_shape": correlation_shape,
        "prior": None if prior is None else _texts(prior),
        "standardize": standardize,
        "threads": threads,
        "references": None
        if references is None
        else [f"{factor}={level}" for factor, level in references.items()],
        "weights": weights,
        "contrasts": None if contrasts is None else _texts(contrasts),
        "means": None if means is None else _texts(means),
        "pairs": None if pairs is None else _texts(pairs),
        "variances": variances,
        "keep": keep,
    }
    return _fitted(formula, data, options, limit)


def _texts(values: str | Sequence[str]) -> list[str]:
    return [values] if isinstance(values, str) else list(values)


def _fitted(
    formula: str, data: Data, options: dict[str, Any], limit: Limit | float | None
) -> FitResult:
    text(formula, "The formula")
    weights = options["weights"]
    mentioned = [formula, "" if weights is None else str(weights)]
    with limit_of(limit) as pointer:
        try:
            return _fitted_columns(formula, LibraryData(data, mentioned), options, pointer)
        except GLMMPoissonError as error:
            if not leaves_out(data, mentioned):
                raise
            # With all columns: what is wrong may be that one of them was meant.
            try:
                columns = LibraryData(data, None)
            except Exception:
                # Of a column that the formula does not use.
                raise error from None
            return _fitted_columns(formula, columns, options, pointer)


def _fitted_columns(
    formula: str, columns: LibraryData, options: dict[str, Any], limit: int | None
) -> FitResult:
    found = answer(
        function("fit")(
            columns.pointer, text(formula, "The formula"), options_text(options), limit
        )
    )

    def refit(alpha: float) -> FitResult:
        return _fitted_columns(formula, columns, {**options, "alpha": alpha}, None)

    return FitResult(found, refit)
