# glmmTMB: maximum likelihood by Laplace's approximation, Wald intervals, for the log SDs too.
#
#     Rscript Scenarios/estimators/glmmTMB.R

path <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1])
source(file.path(dirname(path), "protocol.R"))

serve("glmmTMB", function(formula, data) {
  fit <- glmmTMB(formula, data = data, family = poisson)
  terms <- VarCorr(fit)$cond
  sds <- unlist(unname(lapply(terms, function(term) attr(term, "stddev"))))
  # Each theta is the log of an SD, in the order of the terms.
  is_theta <- names(fit$sdr$par.fixed) == "theta"
  log_sd_se <- sqrt(diag(fit$sdr$cov.fixed)[is_theta])
  names(log_sd_se) <- names(sds)
  # At a boundary the Hessian is singular in the direction of that SD alone.
  at_boundary <- any(sds < singular_sd)
  se <- sqrt(diag(vcov(fit)$cond))
  converged <- fit$fit$convergence == 0 && (isTRUE(fit$sdr$pdHess) || (at_boundary && !anyNA(se)))
  list(
    fixed = fixef(fit)$cond, se = se, sd = sds, log_sd_se = log_sd_se,
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
