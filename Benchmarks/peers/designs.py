"""The models of the data sets: what every program is asked to fit."""

from typing import NamedTuple


class Factor(NamedTuple):
    """A grouping factor with its random terms."""

    # As a formula has it: of a:b each combination of a and b is a level.
    name: str
    terms: tuple = ("Intercept",)
    are_correlated: bool = False

    @property
    def columns(self):
        return self.name.split(":")

    @property
    def text(self):
        """In a formula: (1 + x1 || group)."""
        terms = " + ".join("1" if term == "Intercept" else term for term in self.terms)
        return f"({terms} {'|' if self.are_correlated or len(self.terms) == 1 else '||'} {self.name})"


# In the order in which a worker answers.
DESIGNS = {
    "intercept": [Factor("group")],
    "dispersed": [Factor("group")],
    "slope": [Factor("group", ("Intercept", "x1"))],
    "nested": [Factor("a"), Factor("a:b")],
    "crossed": [Factor("a"), Factor("b")],
    "insteval": [Factor("s"), Factor("d"), Factor("dept")],
    "row": [Factor("group"), Factor("row")],
    "correlated": [Factor("group", ("Intercept", "x1"), are_correlated=True)],
}
GROUPING_COLUMNS = {column for factors in DESIGNS.values() for factor in factors for column in factor.columns}


def formula(design):
    return " + ".join(["y ~ x1 + x2"] + [factor.text for factor in DESIGNS[design]])


def family(design):
    return "negative-binomial" if design == "dispersed" else "poisson"


def has_correlations(design):
    return any(factor.are_correlated for factor in DESIGNS[design])


def log_sd_names(design):
    """One for each random term: by its factor, if there are several."""
    factors = DESIGNS[design]
    return [term if len(factors) == 1 else factor.name for factor in factors for term in factor.terms]


def correlation_names(design):
    """One for each pair of correlated terms; no factor has more than one."""
    return [" and ".join(factor.terms) for factor in DESIGNS[design] if factor.are_correlated]
