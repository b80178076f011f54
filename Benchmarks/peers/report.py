"""Tables of times, ratios and estimates, in Markdown."""

import math
import statistics

from contest import OURS

NAMES = {"intercept": ["Intercept"], "slope": ["Intercept", "x1"]}


def brief(value):
    """Three significant digits."""
    if not math.isfinite(value):
        return "–"
    digits = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


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


def print_estimates(results, ours, design, groups):
    """Estimates side by side, and whether they agree: statsmodels' with mean-field, the others with corrected.

    A maximum of the likelihood is not a posterior mean. For log SDs, whose SD is 1 / sqrt(2 groups), the priors, the
    skewness and the p degrees of freedom of the fixed effects (which the maximum ignores) move them apart by 4 / sqrt(groups)
    SDs and less, and the standard errors by some 2 / groups; hence the limits below. Beside that 0.1 SD and 5 % of a
    standard error are agreement, and 0.01 where the SDs are small: with the 20 or so events of a group here, Laplace's
    approximation is off by half of that.
    statsmodels fits the same posterior as mean-field.
    """
    heading(
        ["program"] + [f"{name} (SE)" for name in ["Intercept", "x1", "x2"]]
        + [f"log SD of {name}" for name in NAMES[design]]
        + ["largest difference", "in our SDs", "SE / ours", ""])

    def cells(estimates):
        fixed = [f"{b:.4f} ({e:.4f})" for b, e in zip(estimates["fixed"], estimates["se"])]
        return fixed + [f"{value:.4f}" for value in estimates["logSD"]]

    for name, estimates in ours.items():
        row([f"ours, {name}"] + cells(estimates) + [""] * 4)
    for peer, result in results.items():
        if "skipped" in result:
            continue
        theirs = result["estimates"]
        is_posterior = peer.startswith("statsmodels")
        reference = ours["mean-field" if is_posterior else "corrected"]
        distance_limit = 0.1 + (0 if is_posterior else 5 / math.sqrt(groups))
        error_limit = 0.05 + (0 if is_posterior else 2 / groups)
        pairs = list(zip(theirs["fixed"] + theirs["logSD"], reference["fixed"] + reference["logSD"]))
        sds = reference["se"] + reference["logSDSE"]
        differences = [abs(their - our) for their, our in pairs]
        scaled = [difference / sd for difference, sd in zip(differences, sds)]
        errors = [their / our for their, our in zip(theirs["se"], reference["se"])]
        agree = all(
            s <= distance_limit or d <= 0.01 for s, d in zip(scaled, differences)
        ) and all(abs(error - 1) <= error_limit for error in errors)
        row(
            [peer] + cells(theirs)
            + [f"{max(differences):.4f}", f"{max(scaled):.2f}", f"{min(errors):.3f}–{max(errors):.3f}"]
            + ["agrees" if agree else "**differs**"])


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
