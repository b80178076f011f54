"""What a fit found."""

from __future__ import annotations

import csv
import html
import io
import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ._data import Data, LibraryData
from ._library import Answer, GLMMPoissonError, answer, function, options_text

if TYPE_CHECKING:
    import pandas as pd


class FitResult:
    """A fit: its estimates as pandas' Series and data frames, and predictions from it.

    ``json`` has all of it, as ``glmm-poisson fit --format json`` prints it.

    >>> import glmm_poisson
    >>> data = {"y": [2, 3, 5, 1, 2, 4], "x": [1, 2, 3, 1, 2, 3], "g": list("aaabbb")}
    >>> fit = glmm_poisson.fit("y ~ x + (1 | g)", data)
    >>> fit.conf_int().round(2).loc["x"].tolist()
    [-0.03, 1.16]
    >>> fit.random_effects[["group", "parameter"]].values.tolist()
    [['a', 'Intercept'], ['b', 'Intercept']]
    >>> fit.predict({"x": [4], "g": ["c"]}).new_group.tolist()
    [1]
    """

    def __init__(self, found: Answer, refit: Callable[[float], FitResult] | None = None) -> None:
        self._text = found.json
        self._random_effects = found.csv
        self._saved = found.saved
        self._refit = refit
        self.warnings: list[str] = found.warnings
        self.json: dict[str, Any] = json.loads(found.json)

    def __getstate__(self) -> dict[str, Any]:
        # Neither the data nor what refers to them.
        return {**self.__dict__, "_refit": None}

    @property
    def json_text(self) -> str:
        """The JSON as the library wrote it."""
        return self._text

    @property
    def formula(self) -> str:
        """The formula as it was written."""
        return str(self.json["formula"])

    @property
    def converged(self) -> bool:
        """Whether the fit is at an optimum."""
        return bool(self.json["converged"])

    @property
    def nobs(self) -> int:
        """The number of rows that were used."""
        return int(self.json["observations"])

    @property
    def llf(self) -> float | None:
        """The marginal log-likelihood at the posterior means; None if it is not known."""
        value = self.json["log_likelihood"]
        return None if value is None else float(value)

    def _fixed(self, key: str) -> pd.Series[float]:
        import pandas as pd

        effects = self.json["fixed_effects"]
        return pd.Series(
            [effect[key] for effect in effects],
            index=[effect["parameter"] for effect in effects], name=key, dtype=float)

    @property
    def params(self) -> pd.Series[float]:
        """The posterior means of the fixed effects."""
        return self._fixed("mean")

    @property
    def bse(self) -> pd.Series[float]:
        """Their posterior standard deviations."""
        return self._fixed("sd")

    @property
    def pvalues(self) -> pd.Series[float]:
        """Twice the posterior probability beyond 0."""
        return self._fixed("p")

    def cov_params(self) -> pd.DataFrame:
        """The posterior covariance matrix of the fixed effects."""
        import pandas as pd

        names = self.params.index
        return pd.DataFrame(self.json["fixed_covariance"], index=names, columns=names, dtype=float)

    def _at(self, alpha: float | None) -> FitResult:
        """This fit with intervals of another level: posteriors are no normals, and the model is
        fitted again."""
        if alpha is None or alpha == self.json["alpha"]:
            return self
        if self._refit is None:
            raise GLMMPoissonError(
                f"This fit was copied or pickled, without its data, and has intervals of alpha "
                f"{self.json['alpha']}: fit again with alpha={alpha}."
            )
        return self._refit(alpha)

    def conf_int(self, alpha: float | None = None) -> pd.DataFrame:
        """Intervals that hold each fixed effect with probability 1 - alpha."""
        import pandas as pd

        fit = self._at(alpha)
        return pd.DataFrame({"lower": fit._fixed("ci_lower"), "upper": fit._fixed("ci_upper")})

    def irr(self, alpha: float | None = None) -> pd.DataFrame:
        """Rate ratios, the exponentials of the coefficients, with their intervals."""
        import pandas as pd

        fit = self._at(alpha)
        return pd.DataFrame(
            {
                "irr": fit._fixed("irr"),
                "lower": fit._fixed("irr_lower"),
                "upper": fit._fixed("irr_upper"),
            }
        )

    @property
    def standard_deviations(self) -> pd.DataFrame:
        """The standard deviations between groups: a row a random term."""
        import pandas as pd

        return pd.DataFrame(self.json["random_effects"])

    @property
    def correlations(self) -> pd.DataFrame:
        """The correlations of random terms: a row a pair."""
        import pandas as pd

        return pd.DataFrame(self.json["correlations"])

    @property
    def family_parameters(self) -> pd.DataFrame:
        """The size, the dispersion and the zero share of counts: none for Poisson."""
        import pandas as pd

        return pd.DataFrame(self.json.get("family_parameters", []))

    @property
    def random_effects(self) -> pd.DataFrame:
        """The effects of all levels, with their intervals: a row an effect."""
        self._require_kept()
        return _frame(self._random_effects, ["factor", "group", "parameter"])

    def _require_kept(self) -> None:
        if not self._saved:
            raise GLMMPoissonError("The fit has not kept its random effects: fit with keep=True.")

    @property
    def saved(self) -> bytes:
        """The fit as a file of ``glmm-poisson fit --save``. It holds the data that it uses."""
        self._require_kept()
        return self._saved

    def predict(
        self,
        new: Data,
        *,
        scale: str = "count",
        groups: str = "own",
        alpha: float | None = None,
        threads: int | None = None,
    ) -> pd.DataFrame:
        """Predictions of new rows: of the expected count (mean, median, lower, upper) and of a new
        count (count_lower, count_upper), in groups that the data have and in others.

        ``scale``: "rate" for an exposure of 1, in place of "count".

        ``groups``: "new" for new groups whatever the rows say, "typical" for one whose random
        effects are 0, "average" for the mean over groups, in place of "own". Only "own" needs the
        columns of the groups.
        """
        self._require_kept()
        options = {
            "scale": scale,
            "groups": groups,
            "alpha": self.json["alpha"] if alpha is None else alpha,
            "threads": threads,
        }
        rows = LibraryData(new, None)
        found = answer(
            function("predict")(
                self._saved, len(self._saved), rows.pointer, options_text(options), None
            )
        )
        header = next(csv.reader(io.StringIO(found.csv)))
        return _frame(found.csv, [name for name in header if name.startswith("group")])

    def summary(self) -> Summary:
        """The results as text and, in a notebook, as tables."""
        return Summary(self)

    def __repr__(self) -> str:
        state = "" if self.converged else ", not converged"
        return f"<FitResult of {self.formula}, {self.json['approximation']}{state}>"


def _frame(text: str, texts: Iterable[str]) -> pd.DataFrame:
    """CSV as a data frame: numbers to the bit, some columns as they are written."""
    import pandas as pd

    header, *rows = csv.reader(io.StringIO(text))
    columns = dict(zip(header, zip(*rows))) if rows else {name: () for name in header}
    kept = set(texts)
    return pd.DataFrame(
        {
            name: list(column) if name in kept else _numbers(column)
            for name, column in columns.items()
        }
    )


def _numbers(cells: Sequence[str]) -> list[float] | list[int]:
    """The numbers of a column; NaN where a cell is empty."""
    try:
        return [int(cell) for cell in cells]
    except ValueError:
        return [float(cell) if cell else math.nan for cell in cells]


class Summary:
    """The tables of a fit, for a terminal and for a notebook."""

    def __init__(self, fit: FitResult) -> None:
        found = fit.json
        self._title = f"{found['formula']}: {found['approximation']} approximation"
        groups = found["groups"]
        counts = groups if isinstance(groups, dict) else {"groups": groups}
        self._facts = [
            f"{found['observations']} observations"
            + "".join(f", {count} {name}" for name, count in counts.items() if count),
            "converged" if found["converged"] else f"NOT converged ({found['reason']})",
        ]
        if found["log_likelihood"] is not None:
            self._facts.append(
                f"log-likelihood {found['log_likelihood']:.4f}, AIC {found['aic']:.2f}, "
                f"BIC {found['bic']:.2f}"
            )
        level = f"{100 * (1 - found['alpha']):g} %"
        self._tables = [
            (
                f"Fixed effects, with {level} intervals",
                ["", "mean", "SD", "z", "p", "lower", "upper", "IRR"],
                [
                    [row["parameter"]]
                    + [_number(row[key]) for key in ("mean", "sd", "z", "p", "ci_lower")]
                    + [_number(row[key]) for key in ("ci_upper", "irr")]
                    for row in found["fixed_effects"]
                ],
            )
        ]
        if found["random_effects"]:
            self._tables.append(
                (
                    f"Standard deviations between groups, with {level} intervals",
                    ["", "SD", "lower", "upper"],
                    [
                        [f"{row['group']}: {row['parameter']}"]
                        + [_number(row[key]) for key in ("sd_median", "sd_lower", "sd_upper")]
                        for row in found["random_effects"]
                    ],
                )
            )
        self._warnings = fit.warnings

    def as_text(self) -> str:
        """The tables as text."""
        lines = [self._title, *self._facts]
        for title, header, rows in self._tables:
            widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
            lines += ["", title]
            for row in [header, *rows]:
                cells = [
                    cell.ljust(width) if column == 0 else cell.rjust(width)
                    for column, (cell, width) in enumerate(zip(row, widths))
                ]
                lines.append("  " + "  ".join(cells))
        if self._warnings:
            lines += ["", "Warnings", *(f"  - {warning}" for warning in self._warnings)]
        return "\n".join(lines)

    def as_html(self) -> str:
        """The tables as HTML."""
        parts = [f"<p><b>{html.escape(self._title)}</b><br>"]
        parts.append("<br>".join(html.escape(fact) for fact in self._facts) + "</p>")
        for title, header, rows in self._tables:
            parts.append(f"<table><caption>{html.escape(title)}</caption><tr>")
            parts += [f"<th>{html.escape(cell)}</th>" for cell in header]
            parts.append("</tr>")
            for row in rows:
                cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
                parts.append(f"<tr><th>{html.escape(row[0])}</th>{cells}</tr>")
            parts.append("</table>")
        if self._warnings:
            items = "".join(f"<li>{html.escape(warning)}</li>" for warning in self._warnings)
            parts.append(f"<p>Warnings</p><ul>{items}</ul>")
        return "".join(parts)

    __str__ = as_text
    _repr_html_ = as_html

    def __repr__(self) -> str:
        return self.as_text()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
