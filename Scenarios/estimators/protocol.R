# What the estimators in R share: the exchange of lines that README.md describes.

lines_in <- file("stdin", "r")

say <- function(answer) {
  cat(jsonlite::toJSON(answer, auto_unbox = TRUE, digits = NA, null = "null", na = "null"), "\n", sep = "")
  flush(stdout())
}

# Status 69: something that is needed is not installed, and the methods are skipped.
need <- function(package) {
  if (!requireNamespace(package, quietly = TRUE)) {
    cat("the R package ", package, " is not installed\n", sep = "", file = stderr())
    quit(status = 69)
  }
}

versions <- function(package) {
  sprintf("%s %s, R %s.%s", package, packageVersion(package), R.version$major, R.version$minor)
}

# An estimate with a normal approximation's interval and p value; `se` may be NULL, and `is_tested` false.
wald <- function(estimate, se, alpha, is_tested = TRUE) {
  if (is.null(se)) return(list(estimate = estimate))
  margin <- qnorm(1 - alpha / 2) * se
  parameter <- list(estimate = estimate, se = se, lower = estimate - margin, upper = estimate + margin)
  if (is_tested) parameter$p <- 2 * pnorm(-abs(estimate / se))
  parameter
}

# Below this an SD is taken for zero: programs stop at different places on the way there, and its log is no
# estimate.
singular_sd <- 0.01

log_sd <- function(sd, se, alpha) {
  if (sd < singular_sd) NULL else wald(log(sd), se, alpha, is_tested = FALSE)
}

# Names as the request has them: R's own name of the intercept has parentheses.
named <- function(values, names) {
  names(values)[names(values) == "(Intercept)"] <- "Intercept"
  values[names]
}

# Answers every line until there are no more.
# fit(formula, data) gives list(fixed, se, sd, log_sd_se or NULL, converged, status, iterations).
serve <- function(package, fit) {
  need("jsonlite")
  need(package)
  suppressPackageStartupMessages(library(package, character.only = TRUE))
  while (length(line <- readLines(lines_in, n = 1)) > 0) {
    request <- jsonlite::fromJSON(line)
    if (!is.null(request$hello)) {
      say(list(request = request$request, version = versions(package), seconds = TRUE))
    } else {
      say(answer(request, fit))
    }
  }
}

answer <- function(request, fit) {
  data <- as.data.frame(lapply(request$columns, as.numeric), optional = TRUE)
  data$group <- factor(data$group)
  formula <- as.formula(request$formula)
  start <- Sys.time()
  # Warnings of convergence are in the status; an error is the answer.
  result <- tryCatch(suppressMessages(suppressWarnings(fit(formula, data))), error = identity)
  seconds <- as.numeric(difftime(Sys.time(), start, units = "secs"))
  if (inherits(result, "error")) {
    return(list(request = request$request, error = conditionMessage(result)))
  }
  reply <- list(
    request = request$request, converged = result$converged, status = result$status,
    iterations = as.integer(result$iterations), seconds = seconds)
  fixed <- named(result$fixed, request$fixed)
  se <- named(result$se, request$fixed)
  sd <- named(result$sd, request$random)
  numbers <- c(fixed, se, sd)
  if (!reply$converged) return(reply)
  if (anyNA(numbers) || any(!is.finite(numbers))) {
    return(list(request = request$request, error = "an estimate or standard error is not finite"))
  }
  parameters <- list()
  for (name in request$fixed) {
    parameters[[name]] <- wald(fixed[[name]], se[[name]], request$alpha)
  }
  log_sd_se <- if (is.null(result$log_sd_se)) NULL else named(result$log_sd_se, request$random)
  for (name in request$random) {
    # A list keeps NULL only if it is assigned as an element.
    parameters[paste0("log_sd(", name, ")")] <-
      list(log_sd(sd[[name]], if (is.null(log_sd_se)) NULL else log_sd_se[[name]], request$alpha))
  }
  reply$parameters <- parameters
  reply
}
