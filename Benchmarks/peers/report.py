"""Tables of times, ratios and estimates, in Markdown."""

import math
import statistics

from contest import OURS
from designs import correlation_names, log_sd_names


def brief(value):
    """Three significant digits."""
    if not math.isfinite(value):
        return "–"
    digits = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def decimals(value, count=4):
    return f"{value:.{count}f}" if math.isfinite(value) else "–"


def row(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def heading(cells):
    row(cells)
    row(["---"] + ["---:"] * (len(cells) - 1))


def seconds_cell(result):
    return f"({result['skipped']})" if "skipped" in result else brief(median_seconds(result))


def median_seconds(result):
    return statistics.median(result["times"][list(result["times"])[-1]])


def ratio(result, peer, name):
    return statistics.median(t / o for t, o in zip(result["times"][peer], result["times"][name]))


def print_times(results):
    heading(["program", "seconds", "structured", "ratio", "corrected", "ratio", "rounds"])
    for peer, result in results.items():
        if "skipped" in result:
            row([peer, seconds_cell(result)] + ["–"] * 5)
            continue
        cells = [peer, seconds_cell(result)]
        for name in OURS:
            cells += [brief(statistics.median(result["times"][name])), brief(ratio(result, peer, name))]
        row(cells + [str(len(result["times"][peer]))])


def print_estimates(results, ours, design):
    """Estimates side by side, and whether they agree: statsmodels' with mean-field, the others with corrected.

    A maximum of the likelihood is not a posterior mean. For log SDs, whose SD is 1 / sqrt(2 groups), the priors, the
    skewness and the p degrees of freedom of the fixed effects (which the maximum ignores) move them apart by 4 / sqrt(groups)
    SDs and less, and the standard errors by some 2 / groups; hence the limits below. Beside that 0.1 SD and 5 % of a
    standard error are agreement, and 0.01 where the SDs are small: with the 20 or so events of a group here, Laplace's
    approximation is off by half of that. Where levels have fewer events, as in row-ROWS, it is off by more, and that shows.
    Of several factors each has its own number of groups: the intercept goes by the smallest, and coefficients of
    covariates by the largest. statsmodels fits the same posterior as mean-field. Programs without the correlation are
    compared in the rest, though theirs is another model.
    """
    heading(
        ["program"] + [f"{name} (SE)" for name in ["Intercept", "x1", "x2"]]
        + [f"log SD of {name}" for name in log_sd_names(design)]
        + [f"correlation of {name}" for name in correlation_names(design)]
        + ["largest difference", "in our SDs", "SE / ours", ""])

    def cells(estimates):
        fixed = [f"{decimals(b)} ({decimals(e)})" for b, e in zip(estimates["fixed"], estimates["se"])]
        correlations = estimates["correlation"] or [math.nan] * len(correlation_names(design))
        return fixed + [decimals(value) for value in estimates["logSD"] + correlations]

    for name, estimates in ours.items():
        row([f"ours, {name}"] + cells(estimates) + [""] * 4)
    for peer, result in results.items():
        if "skipped" in result:
            continue
        theirs = result["estimates"]
        is_posterior = peer.startswith("statsmodels")
        reference = ours["mean-field" if is_posterior else "corrected"]
        levels = reference["levels"]
        fixed_levels = [min(levels)] + [max(levels)] * (len(reference["fixed"]) - 1)
        distance_limits = [
            0.1 + (0 if is_posterior else 5 / math.sqrt(groups))
            for groups in fixed_levels + levels + levels[:1] * len(reference["correlation"])]
        error_limits = [0.05 + (0 if is_posterior else 2 / groups) for groups in fixed_levels]
        # Correlations are last, so that a program without them is compared in the others.
        pairs = list(zip(
            theirs["fixed"] + theirs["logSD"] + theirs["correlation"],
            reference["fixed"] + reference["logSD"] + reference["correlation"]))
        sds = reference["se"] + reference["logSDSE"] + reference["correlationSE"]
        differences = [abs(their - our) for their, our in pairs]
        scaled = [difference / sd for difference, sd in zip(differences, sds)]
        errors = [their / our for their, our in zip(theirs["se"], reference["se"])]
        agree = all(
            s <= limit or d <= 0.01 for s, d, limit in zip(scaled, differences, distance_limits)
        ) and all(abs(error - 1) <= limit for error, limit in zip(errors, error_limits))
        verdict = "agrees" if agree else "**differs**"
        if len(theirs["correlation"]) < len(reference["correlation"]):
            verdict += ", without correlation"
        row(
            [peer] + cells(theirs)
            + [decimals(max(differences)), decimals(max(scaled), 2)]
            + [f"{decimals(min(errors), 3)}–{decimals(max(errors), 3)}", verdict])


def print_summary(all_results, own_seconds, names):
    print("\n## Seconds a fit\n")
    heading(["data"] + [f"ours, {name}" for name in OURS] + names)
    for case, results in all_results.items():
        row([case] + [brief(own_seconds[case][name]) for name in OURS]
            + [seconds_cell(results[peer]) for peer in names])
    for name in OURS:
        print(f"\n## Times as long as ours, {name}\n")
        print("Medians of the ratios within rounds.\n")
        heading(["data"] + names)
        for case, results in all_results.items():
            row([case] + ["–" if "skipped" in results[peer] else brief(ratio(results[peer], peer, name))
                          for peer in names])
