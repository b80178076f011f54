# Writes marginal_means.json: the weights of estimated marginal means (emmeans' linear functions, averaged with equal weights)
# and the critical value of all pairwise differences (mvtnorm), for some models of the data below.
# Run as: Rscript marginal_means.R > marginal_means.json
invisible(Sys.setlocale("LC_COLLATE", "C"))
suppressMessages({library(emmeans); library(splines); library(mvtnorm)})
data <- data.frame(
  y = c(3, 0, 1, 4, 2, 7, 1, 0, 5, 2, 9, 3, 6, 2, 0, 8),
  x = c(1, 2.5, 0.5, 4, 0.25, 6, 7, 9, 3, 2, 1.5, 8, 5.75, 3.5, 6.5, 10),
  days = c(2, 7, 1, 8, 2.5, 8, 1.25, 8.5, 2, 8, 4, 5, 9, 4.5, 5, 9.25),
  year = c(96, 94, 98, 96, 94, 98, 96, 94, 98, 96, 94, 98, 98, 96, 94, 96),
  treated = c(0, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0),
  a = c("p", "q", "p", "q", "p", "q", "q", "p", "q", "p", "q", "p", "p", "q", "q", "p"),
  b = c("u", "v", "w", "u", "v", "w", "w", "u", "v", "Z", "v", "w", "u", "Z", "w", "v"))
cases <- list(
  c("a", "a"), c("b", "b + x"), c("a", "a * b"), c("b", "a * b + x"), c("a", "a * x"), c("b", "b + log(x)"), c("a", "a + poly(x, 2)"),
  c("b", "b + ns(x, 3)"), c("year", "factor(year) * a"), c("a", "factor(year) * a + x"), c("treated", "treated * a"),
  c("a", "treated * a + x"), c("b", "0 + b + x"), c("a", "0 + a:x + b"),
  c("a", "a + I(x^2)"), c("a", "a * scale(x)"), c("b", "b + a + offset(log(days))"), c("a", "a + I(x > 2)"))
number <- function(v) paste(sprintf("%.17g", v), collapse = ", ")
text <- function(v) paste0('"', gsub('"', '\\\\"', v), '"', collapse = ", ")
entries <- sapply(cases, function(case) {
  fit <- suppressWarnings(glm(as.formula(paste("y ~", case[2])), poisson, data))
  grid <- suppressMessages(emmeans(fit, case[1]))
  levels <- as.character(grid@grid[[case[1]]])
  offset <- grid@grid[[".offset."]]
  if (is.null(offset)) offset <- rep(0, length(levels))
  rows <- apply(grid@linfct, 1, function(row) sprintf("[%s]", number(row)))
  sprintf('  {"factor": %s, "formula": %s, "levels": [%s],\n   "weights": [%s], "offsets": [%s]}', text(case[1]), text(case[2]),
    text(levels), paste(rows, collapse = ", "), number(offset))
})
# Pairwise differences of k independent means with the given variances: the two-sided critical value for 95 %.
critical <- function(variances) {
  k <- length(variances)
  pairs <- combn(k, 2)
  d <- matrix(0, ncol(pairs), k)
  for (j in seq_len(ncol(pairs))) { d[j, pairs[1, j]] <- -1; d[j, pairs[2, j]] <- 1 }
  v <- d %*% diag(variances) %*% t(d)
  set.seed(1)
  qmvnorm(0.95, tail = "both.tails", corr = cov2cor(v), algorithm = GenzBretz(maxpts = 5e6, abseps = 1e-6))$quantile
}
variances <- list(c(1, 1, 1), c(1, 2, 4), c(1, 1, 1, 1, 1), c(0.1, 1, 1, 10))
values <- sapply(variances, function(v) sprintf('  {"variances": [%s], "critical": %s}', number(v), number(critical(v))))
columns <- sapply(names(data), function(name) {
  v <- data[[name]]
  sprintf('  "%s": [%s]', name, if (is.character(v)) text(v) else number(v))
})
cat("{\n\"program\": ", text(sprintf("%s, emmeans %s, mvtnorm %s", R.version.string, packageVersion("emmeans"),
  packageVersion("mvtnorm"))), ",\n\"data\": {\n", paste(columns, collapse = ",\n"), "\n},\n\"means\": [\n",
  paste(entries, collapse = ",\n"), "\n],\n\"critical\": [\n", paste(values, collapse = ",\n"), "\n]\n}\n", sep = "")
