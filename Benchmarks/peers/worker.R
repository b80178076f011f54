# Fits a CSV file with lme4 or glmmTMB whenever asked to: README.md beside this folder tells how.

arguments <- commandArgs(trailingOnly = TRUE)
file <- arguments[1]
model <- as.formula(arguments[2])
method <- arguments[3]
family <- arguments[4]

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

if (family != "poisson" && method != "glmmTMB") {
  say('{"unsupported": "Poisson counts only"}')
  quit(status = 0)
}

# The random terms of the formula, as "1 | a:b", and their factors.
terms <- grep("|", attr(terms(model), "term.labels"), fixed = TRUE, value = TRUE)
factors <- trimws(sub(".*\\|", "", terms))
are_correlated <- !any(grepl("||", terms, fixed = TRUE))

data <- read.csv(file, colClasses = "numeric")
for (name in unique(unlist(strsplit(factors, ":", fixed = TRUE)))) {
  data[[name]] <- factor(data[[name]])
}

# SDs and correlations in the formula's order: lme4 has the factor with the most levels first. The independent
# terms of one factor are apart, in their order.
random_effects <- function(components) {
  if (length(factors) > 1) components <- components[factors]
  correlations <- if (are_correlated) {
    lapply(components, function(component) {
      among_terms <- attr(component, "correlation")
      among_terms[lower.tri(among_terms)]
    })
  }
  list(
    sd = as.numeric(unlist(lapply(components, attr, "stddev"))),
    correlation = as.numeric(unlist(correlations)))
}

fit_once <- function() {
  if (method == "glmmTMB") {
    fit <- glmmTMB(model, data = data, family = if (family == "poisson") poisson else nbinom2)
    c(
      list(fixed = fixef(fit)$cond, se = sqrt(diag(vcov(fit)$cond))),
      random_effects(VarCorr(fit)$cond))
  } else {
    nodes <- if (method == "glmer-nAGQ0") 0 else 1
    fit <- glmer(model, data = data, family = poisson, nAGQ = nodes)
    c(list(fixed = fixef(fit), se = sqrt(diag(as.matrix(vcov(fit))))), random_effects(VarCorr(fit)))
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
    '{"seconds": %.6f, "fixed": %s, "se": %s, "logSD": %s, "correlation": %s}', seconds,
    numbers(unname(result$fixed)), numbers(unname(result$se)), numbers(log(result$sd)),
    numbers(result$correlation)))
}
