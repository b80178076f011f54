# Writes psis.json: Pareto-smoothed weights and shapes by R's package loo, of ratios whose tails are known.
# Run as: Rscript psis.R > psis.json
suppressMessages(library(loo))
number <- function(v) paste(sprintf("%.17g", v), collapse = ", ")
u <- (seq_len(500) * 0.6180339887498949) %% 1
cases <- list(light = 0.3 * qnorm(u), middle = -0.5 * log1p(-u), heavy = -1.1 * log1p(-u))
entries <- sapply(names(cases), function(name) {
  fit <- suppressWarnings(psis(cases[[name]], r_eff = 1))
  sprintf(' {"name": "%s", "log_ratios": [%s], "log_weights": [%s], "shape": %s}', name, number(cases[[name]]),
    number(fit$log_weights), number(fit$diagnostics$pareto_k))
})
cat("{\"program\": \"", R.version.string, ", loo ", as.character(packageVersion("loo")), "\", \"cases\": [\n", paste(entries, collapse = ",\n"),
  "\n]}\n", sep = "")
