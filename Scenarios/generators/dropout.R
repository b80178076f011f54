# Repeated counts of patients who stay away once they had many events: the next visits of a patient are missing with a
# probability that grows with the count just seen. README.md describes the exchange. Needs R and jsonlite.

if (!requireNamespace("jsonlite", quietly = TRUE)) {
  cat("the R package jsonlite is not installed\n", file = stderr())
  quit(status = 69)
}

say <- function(answer) {
  cat(jsonlite::toJSON(answer, auto_unbox = TRUE, digits = NA), "\n", sep = "")
  flush(stdout())
}

draw <- function(p) {
  patients <- p$patients
  u <- rnorm(patients, 0, p$sd)
  treated <- rep_len(c(0, 1), patients)
  rows <- list()
  for (i in seq_len(patients)) {
    for (visit in seq_len(p$visits)) {
      y <- rpois(1, exp(p$intercept + p$effect * treated[i] + u[i]))
      rows[[length(rows) + 1]] <- c(y, treated[i], i)
      if (runif(1) < 1 - exp(-p$dropout * y)) break
    }
  }
  table <- do.call(rbind, rows)
  # A list of one number would become a number.
  list(y = I(table[, 1]), treated = I(table[, 2]), group = I(table[, 3]))
}

lines_in <- file("stdin", "r")
while (length(line <- readLines(lines_in, n = 1)) > 0) {
  request <- jsonlite::fromJSON(line)
  if (!is.null(request$hello)) {
    say(list(request = request$request, version = paste("dropout, R", getRversion())))
  } else {
    set.seed(request$seed)
    say(list(request = request$request, columns = draw(request$parameters)))
  }
}
