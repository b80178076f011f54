# Estimates of glmmTMB for owls.csv and salamanders.csv, and what it says of the likelihood.
#   Rscript glmmtmb.R > glmmtmb.json      # R 4.2.2, glmmTMB 1.1.5, jsonlite
suppressMessages({library(glmmTMB); library(jsonlite)})
owls <- read.csv("owls.csv")
salamanders <- read.csv("salamanders.csv")
result <- function(fit) {
  b <- fixef(fit)
  list(
    names = names(b$cond), est = unname(b$cond), se = unname(sqrt(diag(vcov(fit)$cond))),
    sd = unname(attr(VarCorr(fit)$cond[[1]], "stddev")),
    size = if (family(fit)$family == "nbinom2") sigma(fit) else NULL,
    logit_zero_share = if (length(b$zi)) unname(b$zi) else NULL,
    log_likelihood = as.numeric(logLik(fit)))
}
owlsFormula <- SiblingNegotiation ~ (FoodTreatment + ArrivalTime) * SexParent +
  offset(log(BroodSize)) + (1 | Nest)
salamanderFormula <- count ~ spp * mined + (1 | site)
fits <- list(
  "owls zero-inflated-poisson" = glmmTMB(owlsFormula, owls, ziformula = ~1, family = poisson),
  "owls negative-binomial" = glmmTMB(owlsFormula, owls, family = nbinom2),
  "owls zero-inflated-negative-binomial" =
    glmmTMB(owlsFormula, owls, ziformula = ~1, family = nbinom2),
  "salamanders negative-binomial" = glmmTMB(salamanderFormula, salamanders, family = nbinom2),
  "salamanders zero-inflated-negative-binomial" =
    glmmTMB(salamanderFormula, salamanders, ziformula = ~1, family = nbinom2))
cat(toJSON(lapply(fits, result), digits = 10, auto_unbox = TRUE, null = "null", pretty = TRUE))
