# Writes formula_designs.json: for each formula, the names and columns of R's own model.matrix, and
# for some the columns of new rows as predict() codes them.
# Run as: Rscript formula_designs.R > formula_designs.json
invisible(Sys.setlocale("LC_COLLATE", "C"))
library(splines)
data <- data.frame(
  y = c(3, 0, 1, 4, 2, 7, 1, 0, 5, 2, 9, 3, 6, 2, 0, 8),
  x = c(1, 2.5, -0.5, 4, 0.25, 6, 7, 9, 3, 2, 1.5, 8, 5.75, 3.5, 6.5, 0),
  z = c(2, 7, 1, 8, 2.5, 8, 1.25, 8.5, 2, 8, 4, 5, 9, 4.5, 5, 9.25),
  year = c(96, 94, 98, 96, 94, 98, 96, 94, 98, 96, 94, 100, 98, 96, 94, 96),
  a = c("p", "q", "p", "q", "p", "q", "q", "p", "q", "p", "q", "p", "p", "q", "q", "p"),
  b = c("u", "v", "w", "u", "v", "w", "w", "u", "v", "Z", "v", "w", "u", "Z", "w", "v"))
new <- data.frame(
  y = 0, x = c(1.75, -3, 12, 9, 5), z = c(3, 8, 1, 2, 20), year = c(94, 100, 96, 98, 96),
  a = c("q", "p", "p", "q", "q"), b = c("w", "Z", "u", "v", "v"))
formulas <- c(
  # operators
  "a/b", "a/x", "x/a", "(a + b)/x", "a/(b + x)", "a/b/x", "a %in% b", "x + a %in% b", "a + b %in% a",
  "(a + b + x)^2 - a:b", "(a + b)^2L", "(a + b)**2", "x + -1", "x + a + -1", "-1 + a/b", "0 + a:b + x", "0 + a/x",
  "x - a + b - 1", "a * b * x - a:b:x",
  # functions of numbers
  "log1p(x + 1) + log2(z) + log10(z)", "abs(x) + sin(x) + cos(x) + tan(x)", "expm1(-x) + sqrt(z) + exp(x/10)",
  "asin(x/10) + acos(x/10) + atan(x) + sinh(x/10) + cosh(x/10) + tanh(x)",
  "floor(x) + ceiling(x) + trunc(x) + round(z) + sign(x)", "log(z, 3) + log(z, base = 2) + log(z, 10)",
  "sin(2 * pi * x/12) + cos(2*pi*x / 12)", "I(x %% 2) + I(x %/% 2)", "pmin(x, 4) + pmax(x, z)",
  "ifelse(x > 2, x, 2) + ifelse(a == 'p', 1, 0)", "I(x*1e5) + I(x/0.50) + I(x + 1e-4) + I(x * 123456.789)",
  "log(x + 1):a + sqrt(z):x", "I(x * 2L) + I(z^2L)",
  # truth values
  "I(x > 2)", "I(x >= 2 & z < 8)", "I(x < 1 | z == 8)", "I(!(x > 2))", "I(x != 2) + z", "0 + I(x > 2)", "I(x > 2):z",
  "a * I(x > 2)", "I((x > 2) * z)", "as.numeric(x > 2) + as.integer(z)", "I(a == \"p\")", "I(b != 'u') + x",
  "I(b %in% c('u', 'v'))", "I(year %in% c(94, 98))", "factor(x > 2)", "0 + I(x > 2):a + z", "I(as.numeric(a == 'p') * x)",
  # factors
  "as.factor(year)", "factor(round(x/3))", "factor(year, levels = c(98, 94, 96, 100))", "relevel(factor(b), ref = \"v\")",
  "relevel(factor(year), \"98\") * a", "factor(b, levels = c('w', 'v', 'u', 'Z')):x + a", "0 + relevel(factor(a), ref = 'q') + b",
  # scale
  "scale(x)", "scale(x, scale = FALSE)", "scale(x, center = FALSE)", "scale(x, center = 2, scale = 4)", "scale(log(z))",
  "scale(x):a + scale(z, TRUE, FALSE)", "I(scale(x)^2) + a", "scale(scale(x) + z)", "scale(x, FALSE, FALSE)",
  # poly
  "poly(x, 2)", "poly(x, 1)", "poly(x, 4) + a", "poly(x, degree = 3, raw = TRUE)", "poly(x, 2, raw = TRUE):a",
  "poly(x, 2) * a", "0 + poly(x, 2) + b", "poly(log(z), 2)", "poly(x, 2):poly(z, 2)", "poly(x)", "poly(I(x + 1000), 3)",
  # splines
  "ns(x, 4)", "ns(x, df = 3)", "ns(x, df = 1)", "ns(x, knots = c(2, 5))", "ns(x, knots = 3):a", "ns(x)", "ns(z, 3, intercept = TRUE)",
  "ns(x, df = 3, Boundary.knots = c(0, 8))", "ns(log(z), 2) * a", "bs(x)", "bs(x, 5)", "bs(x, df = 4, degree = 2)",
  "bs(x, df = 3, degree = 1) + a", "bs(x, knots = c(2, 4, 6))", "bs(x, knots = c(3), degree = 2):a", "bs(z, df = 5, intercept = TRUE) - 1",
  "bs(x, df = 4, Boundary.knots = c(-1, 10))", "ns(year, 3)",
  # dots
  ".", ". - x", ".^2 - x:z", ". - 1", "log(z) + .", "a:.")
predicted <- c(
  "scale(x)", "I(x > 2)", "relevel(factor(b), ref = \"v\") + x", "factor(year) * a", "scale(x, center = FALSE) + a", "scale(log(z)):a",
  "poly(x, 3)", "poly(x, 2, raw = TRUE)", "poly(x, 2) * a", "ns(x, 4)", "ns(x, knots = c(2, 5)) + b", "ns(x, df = 3, Boundary.knots = c(0, 8))",
  "ns(z, 3, intercept = TRUE)", "bs(x, 5)", "bs(x)", "bs(x, df = 4, degree = 2):a", "bs(x, df = 3, degree = 1)", "log1p(z) + a/x")
number <- function(v) paste(sprintf("%.17g", v), collapse = ", ")
text <- function(v) paste0('"', gsub('"', '\\\\"', v), '"', collapse = ", ")
table <- function(data) paste(sapply(names(data), function(name) {
  v <- data[[name]]
  sprintf('    "%s": [%s]', name, if (is.character(v)) text(v) else number(v))
}), collapse = ",\n")
matrix <- function(f, m) {
  names <- sub("(Intercept)", "Intercept", colnames(m), fixed = TRUE)
  rows <- sapply(seq_len(ncol(m)), function(j) sprintf("[%s]", number(m[, j])))
  sprintf('    {"formula": %s,\n     "names": [%s],\n     "columns": [%s]}', text(f), text(names),
    paste(rows, collapse = ",\n       "))
}
designs <- sapply(formulas, function(f) matrix(f, model.matrix(as.formula(paste("y ~", f)), data)))
# As predict.lm and predict.merMod do it: the variables with what they had from the data of the fit.
predictions <- sapply(predicted, function(f) {
  frame <- model.frame(as.formula(paste("y ~", f)), data)
  terms <- delete.response(terms(frame))
  levels <- .getXlevels(terms(frame), frame)
  matrix(f, model.matrix(terms, suppressWarnings(model.frame(terms, new, xlev = levels))))
})
cat(sprintf(
  '{\n  "program": "%s, splines %s",\n  "data": {\n%s\n  },\n  "new": {\n%s\n  },\n  "designs": [\n%s\n  ],\n  "predictions": [\n%s\n  ]\n}\n',
  R.version.string, packageVersion("splines"), table(data), table(new), paste(designs, collapse = ",\n"),
  paste(predictions, collapse = ",\n")))
