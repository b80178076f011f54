# Largest log-likelihoods of models of the reference data: by lme4 with adaptive Gauss-Hermite
# quadrature of 25 points where there is one random intercept, by glmmTMB (Laplace's approximation)
# elsewhere, and by glm without random effects. Writes maximum_likelihood.json.
#
#   Rscript maximum_likelihood.R     # R 4.2.2, lme4 1.1-31, glmmTMB 1.1.5
suppressMessages({library(lme4); library(glmmTMB); library(jsonlite)})

control <- glmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e5, rhoend = 1e-9),
                        tolPwrss = 1e-12)
# lme4 leaves sum log y! and a constant out of the log-likelihood of rules of several points.
complete <- function(fit, data, formula, group, points = 101) {
  # The log-likelihood at the estimates, by a fine rule of its own about each group's mode.
  rule <- statmod_rule(points)
  X <- getME(fit, "X"); b <- fixef(fit); sd <- sqrt(unlist(VarCorr(fit))[1])
  y <- getME(fit, "y"); eta <- as.vector(X %*% b) + getME(fit, "offset")
  total <- 0
  for (level in unique(data[[group]])) {
    rows <- data[[group]] == level
    height <- function(v) sum(y[rows] * (eta[rows] + sd * v) - exp(eta[rows] + sd * v)) - v^2 / 2
    mode <- optimize(height, c(-40, 40), maximum = TRUE, tol = 1e-10)$maximum
    width <- 1 / sqrt(1 + sd^2 * sum(exp(eta[rows] + sd * mode)))
    nodes <- mode + sqrt(2) * width * rule$nodes
    logs <- sapply(nodes, height) + rule$nodes^2 + log(rule$weights)
    top <- max(logs)
    total <- total + top + log(sum(exp(logs - top))) + log(sqrt(2) * width) - 0.5 * log(2 * pi) -
      sum(lgamma(y[rows] + 1))
  }
  total
}
# Golub & Welsch.
statmod_rule <- function(n) {
  J <- matrix(0, n, n)
  for (i in 1:(n - 1)) J[i, i + 1] <- J[i + 1, i] <- sqrt(i / 2)
  e <- eigen(J, symmetric = TRUE)
  list(nodes = e$values, weights = sqrt(pi) * e$vectors[1, ]^2)
}

cases <- list()
add <- function(name, file, formula, program, log_likelihood, df, fixed, sds) {
  cases[[length(cases) + 1]] <<- list(
    name = name, file = file, formula = formula, program = program,
    log_likelihood = log_likelihood, parameters = df, fixed = I(unname(fixed)), sds = I(unname(sds)))
  cat(sprintf("%-28s %-8s %14.7f %2d |", name, program, log_likelihood, df),
      signif(fixed, 5), "|", signif(sds, 5), "\n")
}
intercept <- function(name, file, formula, group = "group") {
  data <- read.csv(file)
  fit <- glmer(as.formula(formula), data, poisson, nAGQ = 25, control = control)
  add(name, file, formula, "lme4", complete(fit, data, formula, group),
      length(fixef(fit)) + 1, fixef(fit), sqrt(unlist(VarCorr(fit))))
}
laplace <- function(name, file, formula) {
  data <- read.csv(file)
  fit <- glmmTMB(as.formula(formula), data, family = poisson,
                 control = glmmTMBControl(optCtrl = list(rel.tol = 1e-13, iter.max = 1e4,
                                                         eval.max = 1e4)))
  add(name, file, formula, "glmmTMB", as.numeric(logLik(fit)), attr(logLik(fit), "df"),
      fixef(fit)$cond, unlist(lapply(VarCorr(fit)$cond, function(m) attr(m, "stddev"))))
}
regression <- function(name, file, formula) {
  fit <- glm(as.formula(formula), poisson, read.csv(file), control = list(epsilon = 1e-14))
  add(name, file, formula, "glm", as.numeric(logLik(fit)), length(coef(fit)), coef(fit), numeric())
}

intercept("epilepsy", "epilepsy.csv", "y ~ lbase * trt + lage + V4 + (1 | subject)", "subject")
intercept("epilepsy without trt", "epilepsy.csv", "y ~ lbase + lage + V4 + (1 | subject)", "subject")
for (file in c("few_groups", "sparse_counts", "large_counts", "random_intercept")) {
  intercept(file, paste0(file, ".csv"), "y ~ x1 + x2 + (1 | group)")
}
intercept("exposure", "exposure.csv", "y ~ x1 + x2 + offset(log(exposure)) + (1 | group)")
intercept("seed_example_3", "seed_example_3.csv", "y ~ x + (1 | group)")
laplace("random_slopes", "random_slopes.csv", "y ~ x1 + x2 + (1 + x1 || group)")
laplace("corr_slopes", "General/corr_slopes.csv", "y ~ x1 + x2 + (1 + x1 | group)")
laplace("crossed", "General/crossed.csv", "y ~ x1 + x2 + (1 | subject) + (1 | item)")
laplace("nested", "General/nested.csv", "y ~ x1 + x2 + (1 | school/class)")
laplace("epilepsy with rows", "General/epilepsy_obs.csv",
        "y ~ lbase * trt + lage + V4 + (1 | subject) + (1 | obs)")
laplace("grouseticks", "General/grouseticks.csv",
        "ticks ~ height + factor(year) + (1 | location) + (1 | brood) + (1 | index)")
regression("epilepsy, no groups", "epilepsy.csv", "y ~ lbase * trt + lage + V4")
regression("large counts, no groups", "large_counts.csv", "y ~ x1 + x2")
write(toJSON(cases, auto_unbox = TRUE, digits = NA, pretty = TRUE), "maximum_likelihood.json")
