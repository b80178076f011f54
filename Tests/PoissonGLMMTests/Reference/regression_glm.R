# Writes regression_glm.json: R's glm of Poisson regressions on two of the data sets here.
# Run in this folder as: Rscript regression_glm.R > regression_glm.json
number <- function(v) paste(sprintf("%.17g", v), collapse = ", ")
entry <- function(name, formula, data) {
  fit <- glm(as.formula(formula), poisson, data, control = list(epsilon = 1e-14))
  # E b to first order under a flat prior: the mode less half of V X'(mu h), h_i = x_i'V x_i.
  x <- model.matrix(fit)
  v <- vcov(fit)
  means <- coef(fit) - 0.5 * as.vector(v %*% (t(x) %*% (fitted(fit) * rowSums((x %*% v) * x))))
  sprintf('  {"data": "%s", "formula": "%s",\n   "estimates": [%s],\n   "means": [%s],\n   "covariance": [%s],\n   "log_likelihood": %s, "aic": %s, "bic": %s}',
    name, formula, number(coef(fit)), number(means), number(t(vcov(fit))), number(as.numeric(logLik(fit))), number(AIC(fit)), number(BIC(fit)))
}
epilepsy <- read.csv("epilepsy.csv")
exposure <- read.csv("exposure.csv")
cat("{\n\"program\": \"", R.version.string, "\",\n\"fits\": [\n", paste(c(
  entry("epilepsy", "y ~ lbase * trt + lage + V4", epilepsy),
  entry("exposure", "y ~ x1 + x2 + offset(log(exposure))", exposure)), collapse = ",\n"), "\n]\n}\n", sep = "")
