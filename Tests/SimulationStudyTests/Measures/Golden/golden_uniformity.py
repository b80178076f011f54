"""Tests of uniformity, computed independently of the Swift code.

Writes, beside itself, uniformity.json: three samples of numbers from 0 to 1 with Pearson's chi-squared test
(scipy), and the smallest binomial tail of their empirical distribution function over z = i / K with its
joint probability; and bands of given tails with the probability that a uniform sample stays within them.

The joint probability is not found by a recursion over z, as the Swift code does it, but as a probability of order
statistics by Steck's determinant (1971, Annals of Mathematical Statistics 42, 1-11), in exact fractions:

    P(l_j < U_(j) <= h_j, j = 1 ... n) = n! det[ max(0, h_i - l_j)^(j-i+1) / (j-i+1)! ]

with ones below the diagonal and zeros beyond these. The committed file is from Python 3.11 with scipy 1.17.1:

    python3 golden_uniformity.py
"""

import json
import pathlib
from fractions import Fraction

import numpy as np
from scipy import stats

HERE = pathlib.Path(__file__).parent


def band(n, points, tail):
    """For i = 1 ... points - 1 the smallest and the largest count with more than `tail` in either tail."""
    counts = np.arange(n + 1)
    lower, upper = [], []
    for i in range(1, points):
        law = stats.binom(n, i / points)
        inside = counts[(law.cdf(counts) > tail) & (law.sf(counts - 1) > tail)]
        lower.append(int(inside[0]))
        upper.append(int(inside[-1]))
    return lower, upper


def within(n, points, lower, upper):
    """The exact probability that the counts of n uniform numbers up to i / points are all in the band."""
    z = [Fraction(i, points) for i in range(1, points)]
    high = [min([z[i] for i in range(points - 1) if lower[i] >= j] + [Fraction(1)])
            for j in range(1, n + 1)]
    low = [max([z[i] for i in range(points - 1) if upper[i] < j] + [Fraction(0)])
           for j in range(1, n + 1)]
    # Determinants of the leading blocks of a Hessenberg matrix with ones below the diagonal, times k!:
    # D_k = sum_i (-1)^(k-i) C(k, i-1) (h_i - l_k)^(k-i+1) D_(i-1).
    determinants = [Fraction(1)]
    for k in range(1, n + 1):
        total, binomial = Fraction(0), 1
        for i in range(k, 0, -1):
            # C(k, i - 1) from C(k, i).
            binomial = binomial * i // (k - i + 1)
            reach = high[i - 1] - low[k - 1]
            if reach <= 0:
                break
            term = binomial * reach ** (k - i + 1) * determinants[i - 1]
            total += term if (k - i) % 2 == 0 else -term
        determinants.append(total)
    return determinants[n]


def sample_case(name, values, points):
    n = len(values)
    counts = [sum(v <= i / points for v in values) for i in range(1, points)]
    tails = [min(stats.binom.cdf(c, n, i / points), stats.binom.sf(c - 1, n, i / points))
             for i, c in enumerate(counts, 1)]
    # A hair above, so that the smallest tail itself is not within.
    smallest = min(tails)
    lower, upper = band(n, points, smallest * (1 + 1e-10))
    differences = [c / n - i / points for i, c in enumerate(counts, 1)]
    largest = max(range(points - 1), key=lambda i: abs(differences[i]))
    bins = [0] * 20
    for v in values:
        bins[min(19, int(v * 20))] += 1
    chi = stats.chisquare(bins)
    x = 2 * np.array(values) - 1
    return dict(name=name, values=values, points=points, chi_squared=float(chi.statistic),
                chi_squared_p=float(chi.pvalue), smallest_tail=float(smallest),
                ecdf_p=float(1 - within(n, points, lower, upper)),
                largest=differences[largest], place=(largest + 1) / points,
                shift=float(np.sqrt(3 * n) * np.mean(x)),
                spread=float(np.sqrt(5 * n) * np.mean(np.polynomial.legendre.legval(x, [0, 0, 1]))))


def band_case(n, points, tail):
    lower, upper = band(n, points, tail)
    return dict(count=n, points=points, tail=tail, lower=lower, upper=upper,
                outside=float(1 - within(n, points, lower, upper)))


def main():
    generator = np.random.default_rng(20261122)
    z = generator.normal(size=(3, 200))

    def probabilities(x):
        return [round(float(u), 6) for u in stats.norm.cdf(x)]

    samples = [sample_case("uniform", probabilities(z[0]), 100),
               sample_case("shifted", probabilities(z[1] + 0.3), 100),
               sample_case("too narrow", probabilities(1.3 * z[2]), 40)]
    bands = [band_case(*case) for case in
             [(10, 10, 0.02), (25, 100, 0.01), (50, 50, 0.004), (150, 100, 0.001), (200, 20, 1e-5)]]
    (HERE / "uniformity.json").write_text(json.dumps(dict(samples=samples, bands=bands)) + "\n")
    for s in samples:
        print({k: v for k, v in s.items() if k != "values"})
    for b in bands:
        print(b["count"], b["points"], b["tail"], b["outside"])


main()
