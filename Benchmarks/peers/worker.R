# Fits a CSV file with lme4 or glmmTMB whenever asked to: README.md beside this folder tells how.

arguments <- commandArgs(trailingOnly = TRUE)
file <- arguments[1]
design <- arguments[2]
method <- arguments[3]

say <- function(text) {
  cat(text, "\n", sep = "")
  flush(stdout())
}
numbers <- function(values) {
  values <- ifelse(is.finite(values), formatC(values, digits = 17, format = "g"), "null")
  paste0("[", paste(values, collapse = ", "), "]")
}

package <- if (method == "glmmTMB") "glmmTMB" else "lme4"
if (!requireNamespace(package, quietly = TRUE)) {
  say(sprintf('{"missing": "the R package %s is not installed"}', package))
  quit(status = 0)
}
suppressPackageStartupMessages(library(package, character.only = TRUE))

data <- read.csv(file, colClasses = "numeric")
data$group <- factor(data$group)
covariates <- setdiff(names(data), c("y", "group"))
random <- if (design == "slope") "(1 + x1 || group)" else "(1 | group)"
model <- as.formula(paste("y ~", paste(c(covariates, random), collapse = " + ")))

fit_once <- function() {
  if (method == "glmmTMB") {
    fit <- glmmTMB(model, data = data, family = poisson)
    list(
      fixed = fixef(fit)$cond, se = sqrt(diag(vcov(fit)$cond)),
      sd = sapply(VarCorr(fit)$cond, function(term) attr(term, "stddev")))
  } else {
    nodes <- if (method == "glmer-nAGQ0") 0 else 1
    fit <- glmer(model, data = data, family = poisson, nAGQ = nodes)
    list(
      fixed = fixef(fit), se = sqrt(diag(as.matrix(vcov(fit)))),
      sd = sapply(VarCorr(fit), function(term) attr(term, "stddev")))
  }
}

say(sprintf(
  '{"version": "%s %s, R %s.%s"}', package, as.character(packageVersion(package)), R.version$major,
  R.version$minor))
requests <- file("stdin", "r")
while (length(readLines(requests, n = 1)) > 0) {
  start <- Sys.time()
  # Warnings (of convergence, say) are for the console; the estimates are compared anyway.
  result <- suppressWarnings(fit_once())
  seconds <- as.numeric(difftime(Sys.time(), start, units = "secs"))
  say(sprintf(
    '{"seconds": %.6f, "fixed": %s, "se": %s, "logSD": %s}', seconds,
    numbers(unname(result$fixed)), numbers(unname(result$se)),
    numbers(log(as.numeric(unlist(result$sd))))))
}
