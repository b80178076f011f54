# lme4's glmer: maximum likelihood by Laplace's approximation, Wald intervals. Log SDs and
# correlations have no standard error.
#
#     Rscript Scenarios/estimators/glmer.R [nAGQ=1]
#
# nAGQ is glmer's: 0 is faster and rougher, 2 and more are nodes of a quadrature, for a single random term.

path <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1])
source(file.path(dirname(path), "protocol.R"))

nodes <- 1L
for (argument in commandArgs(trailingOnly = TRUE)) {
  if (!grepl("^nAGQ=[0-9]+$", argument)) stop("expected nAGQ=NUMBER, found ", argument)
  nodes <- as.integer(sub("nAGQ=", "", argument))
}

serve("lme4", function(formula, data, factors, family) {
  if (family != "poisson") stop("glmer has Poisson counts only here")
  fit <- glmer(formula, data = data, family = poisson, nAGQ = nodes)
  random <- variances(VarCorr(fit), factors)
  # lme4's further checks of the gradient raise false alarms; what counts is the optimizer's own word.
  code <- fit@optinfo$conv$opt
  list(
    fixed = fixef(fit), se = sqrt(diag(as.matrix(vcov(fit)))), sd = random$sd, log_sd_se = NULL, cor = random$cor,
    converged = identical(as.integer(code), 0L),
    status = if (code == 0) {
      if (isSingular(fit)) "converged, singular" else "converged"
    } else {
      paste("the optimizer ended with code", code)
    },
    iterations = fit@optinfo$feval)
})
