# Writes design_matrices.json: for each formula, the names and columns of R's own model.matrix.
# Run as: Rscript design_matrices.R > design_matrices.json
invisible(Sys.setlocale("LC_COLLATE", "C"))
data <- data.frame(
  y = c(3, 0, 1, 4, 2, 7, 1, 0, 5, 2, 9, 3),
  x = c(1, 2.5, -0.5, 4, 0.25, 6, 7, 9, 3, 2, 1.5, 8),
  z = c(2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5),
  year = c(96, 94, 98, 96, 94, 98, 96, 94, 98, 96, 94, 100),
  a = c("p", "q", "p", "q", "p", "q", "q", "p", "q", "p", "q", "p"),
  b = c("u", "v", "w", "u", "v", "w", "w", "u", "v", "Z", "v", "w"))
formulas <- c(
  "x", "a", "b", "factor(year)", "x + a + b", "b:a + a + b", "a + b:a", "0 + a + b", "0 + a:b", "a:b", "x:a",
  "x + x:a", "0 + x:a", "a + a:x", "a * b - a", "(a + b + x)^2", "(a + b + x)^3", "(a + b + x)^9", "x:a:b",
  "1 + x + 0", "x - 1 + 1", "-1 + x", "a:b + a", "x * a * b - a:b", "0 + x + a:b + a", "a:b + x", "(x + a):b", "x * x",
  "x + x", "a:x", "a:x:b + b", "0 + b:x + a", "log(z):a + a", "b + a:x + x:b", "x - z", "x - x", "0 + x", "b * x * a",
  "0 + factor(year) + a", "factor(year):x", "a * factor(year)", "x + (z + a) * b - z", "x - (x + z) + a",
  "I(x^2) + log( z+1 ) + I( (x+z)*2/3 ) + sqrt(z/2) + exp(-x)", "I(x*z - 10) + I(z^-1) + I(-(x+1)^2)",
  "I(2^3^0.5 * x) + I(-x^2) + I(x - 1 - 2) + I(z / 2 / 2)", "I(log(z) * exp(x / 10)) + I(I(x) + +1)",
  "log(z) + I(log(z)):x", "z + x:z + x", "0 + x + x:a", "0 + x + x:a:b")
number <- function(v) paste(sprintf("%.17g", v), collapse = ", ")
text <- function(v) paste0('"', v, '"', collapse = ", ")
columns <- sapply(names(data), function(name) {
  v <- data[[name]]
  sprintf('    "%s": [%s]', name, if (is.character(v)) text(v) else number(v))
})
designs <- sapply(formulas, function(f) {
  m <- model.matrix(as.formula(paste("y ~", f)), data)
  names <- sub("(Intercept)", "Intercept", colnames(m), fixed = TRUE)
  rows <- sapply(seq_len(ncol(m)), function(j) sprintf("[%s]", number(m[, j])))
  sprintf('    {"formula": "%s",\n     "names": [%s],\n     "columns": [%s]}',
    f, text(names), paste(rows, collapse = ",\n       "))
})
cat(sprintf('{\n  "program": "%s",\n  "data": {\n%s\n  },\n  "designs": [\n%s\n  ]\n}\n',
  R.version.string, paste(columns, collapse = ",\n"), paste(designs, collapse = ",\n")))
