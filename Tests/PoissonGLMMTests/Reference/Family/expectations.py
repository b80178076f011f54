"""Expectations of log densities of counts and of their derivatives, to 12 digits.

    python3 expectations.py > expectations.json     # mpmath 1.3.0, some minutes

For eta ~ N(mean, variance): E l, E l', E l'', E l''', E l'''' by

    E l^(r) = E l(mean + sd t) He_r(t) / sd^r                                       (Bonnet, Price)

so that no formula of a derivative is used, with trapezoid sums in 50 digits; and by differences in
50 digits the derivatives of E l by d = log(1 / sqrt(size)) and by logit(zero share).
"""

import json

import mpmath as mp

mp.mp.dps = 50


def log_density(y, eta, d, logit):
    if d is None:
        own = y * eta - mp.exp(eta) - mp.loggamma(y + 1)
    else:
        k = mp.exp(-2 * d)
        z = eta - mp.log(k)
        own = (
            mp.loggamma(y + k) - mp.loggamma(k) - mp.loggamma(y + 1) + y * z
            - (y + k) * mp.log1p(mp.exp(z))
        )
    if logit is None:
        return own
    log_other = -mp.log1p(mp.exp(logit))
    if y > 0:
        return log_other + own
    return log_other + mp.log(mp.exp(logit) + mp.exp(own))


def expectations(y, mean, variance, d, logit, orders=5):
    sd = mp.sqrt(variance)
    step = mp.mpf(min(0.25, 0.09 / float(sd))) / 2
    count = int(mp.ceil((mp.mpf(13) + sd) / step))
    sums = [mp.mpf(0)] * orders
    for j in range(-count, count + 1):
        t = step * j
        weight = step * mp.exp(-t * t / 2) / mp.sqrt(2 * mp.pi)
        value = weight * log_density(y, mean + sd * t, d, logit)
        hermite = [1, t, t * t - 1, t**3 - 3 * t, t**4 - 6 * t * t + 3]
        for r in range(orders):
            sums[r] += value * hermite[r]
    return [sums[r] / sd**r for r in range(orders)]


def main():
    cases = []

    def add(y, log10_mu, variance, size, logit):
        mean = mp.mpf(round(float(mp.log(mp.mpf(10) ** log10_mu)), 6))
        variance = mp.mpf(variance)
        d = None if size is None else mp.mpf(round(float(-mp.log(size) / 2), 6))
        logit = None if logit is None else mp.mpf(logit)
        h = mp.mpf(10) ** -15
        slopes = []
        if d is not None:
            ends = [expectations(y, mean, variance, d + s * h, logit, 1)[0] for s in (-1, 1)]
            slopes.append((ends[1] - ends[0]) / (2 * h))
        if logit is not None:
            ends = [expectations(y, mean, variance, d, logit + s * h, 1)[0] for s in (-1, 1)]
            slopes.append((ends[1] - ends[0]) / (2 * h))
        cases.append(
            {
                "count": y, "mean": float(mean), "variance": float(variance),
                "log_overdispersion_sd": None if d is None else float(d),
                "logit_zero_share": None if logit is None else float(logit),
                "values": [float(x) for x in expectations(y, mean, variance, d, logit)],
                "slopes": [float(x) for x in slopes],
            })

    variances = ["0.0001", "0.1", "0.4", "1.2", "4", "10"]
    for log10_mu in (-6, -1, 0, 1, 3, 6):
        for place, variance in enumerate(variances):
            for size, y in ((0.05, 3), (1, 0), (30, 12), (1e6, 1)):
                add(y, log10_mu, variance, size, None)
            logit = (-3, 0, 2)[place % 3]
            add(0, log10_mu, variance, None, logit)
            add(0, log10_mu, variance, (0.3, 5)[place % 2], logit)
    print(json.dumps(cases, indent=0))


main()
