# glmmTMB: maximum likelihood by Laplace's approximation, Wald intervals, for log SDs, correlations
# and the parameters of a family of counts too.
#
#     Rscript Scenarios/estimators/glmmTMB.R

path <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1])
source(file.path(dirname(path), "protocol.R"))

# SEs by name from those of theta, where the terms of VarCorr come one after the other: the log SDs of each, then, where
# they are correlated, of two terms one t with cor = t / sqrt(1 + t^2), which is t = sinh(atanh(cor)). More terms than two
# have no such simple expression, and no SE.
standard_errors <- function(fit, terms, factors) {
  is_theta <- names(fit$sdr$par.fixed) == "theta"
  theta <- fit$sdr$par.fixed[is_theta]
  se <- sqrt(diag(fit$sdr$cov.fixed)[is_theta])
  correlated <- correlation_names(factors)
  log_sd_se <- numeric()
  cor_se <- numeric()
  start <- 0
  for (index in seq_along(terms)) {
    own <- variances(terms[index], factors)
    count <- length(own$sd)
    log_sd_se[names(own$sd)] <- se[start + seq_len(count)]
    start <- start + count
    pairs <- intersect(names(own$cor), correlated)
    if (length(pairs) == 1) cor_se[pairs] <- se[start + 1] / sqrt(1 + theta[start + 1]^2)
    start <- start + length(pairs)
  }
  list(log_sd_se = log_sd_se, cor_se = cor_se)
}

# log(1 / sqrt(size)) of nbinom2, and the logit of the share of zeros of an intercept alone. Estimates at the end of their
# range are none, as those of SDs that are zero.
family_parameters <- function(fit, family) {
  parameters <- list()
  if (grepl("negative-binomial", family)) {
    # The dispersion parameter is log(size).
    own <- which(names(fit$sdr$par.fixed) == "betad")
    value <- -0.5 * fit$sdr$par.fixed[[own]]
    parameters["log_overdispersion_sd"] <- list(
      if (exp(value) >= singular_sd) {
        list(estimate = value, se = 0.5 * sqrt(fit$sdr$cov.fixed[own, own]))
      })
  }
  if (grepl("zero-inflated", family)) {
    value <- fixef(fit)$zi[[1]]
    parameters["logit_zero_share"] <- list(
      if (plogis(value) >= singular_share) list(estimate = value, se = sqrt(vcov(fit)$zi[1, 1])))
  }
  parameters
}

serve("glmmTMB", function(formula, data, factors, family) {
  fit <- glmmTMB(
    formula, data = data,
    family = if (grepl("negative-binomial", family)) nbinom2 else poisson,
    ziformula = if (grepl("zero-inflated", family)) ~1 else ~0)
  terms <- VarCorr(fit)$cond
  random <- variances(terms, factors)
  sds <- random$sd
  errors <- standard_errors(fit, terms, factors)
  own <- family_parameters(fit, family)
  # At a boundary the Hessian is singular in the direction of that parameter alone.
  at_boundary <- any(sds < singular_sd) || any(vapply(own, is.null, TRUE))
  se <- sqrt(diag(vcov(fit)$cond))
  converged <- fit$fit$convergence == 0 && (isTRUE(fit$sdr$pdHess) || (at_boundary && !anyNA(se)))
  list(
    fixed = fixef(fit)$cond, se = se, sd = sds, log_sd_se = errors$log_sd_se, cor = random$cor,
    cor_se = errors$cor_se, family = own,
    converged = converged,
    status = if (converged) {
      if (at_boundary) "converged, singular" else "converged"
    } else if (fit$fit$convergence == 0) {
      "the Hessian is not positive definite"
    } else {
      fit$fit$message
    },
    iterations = fit$fit$iterations)
})
