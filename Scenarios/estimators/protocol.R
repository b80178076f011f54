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

# The grouping factors of a request, each with its name, its columns, its terms and the sets of those that are
# correlated. Where there is one, the column `group`, whose terms are independent, a request does not list it.
factors_of <- function(request) {
  if (!is.null(request$factors)) return(request$factors)
  list(list(name = "group", columns = list("group"), terms = as.list(request$random), correlated = list()))
}

# With several factors a term's name begins with that of its factor.
prefix_of <- function(factor, factors) if (length(factors) > 1) paste0(factor$name, ":") else ""

random_names <- function(factors) {
  unlist(lapply(factors, function(factor) paste0(prefix_of(factor, factors), unlist(factor$terms))))
}

# The pairs of a set of terms, in the order of the parameters.
pairs_of <- function(terms, prefix) {
  pairs <- character()
  for (i in seq_along(terms)[-1]) {
    for (j in seq_len(i - 1)) pairs <- c(pairs, paste0(prefix, terms[j], ",", terms[i]))
  }
  pairs
}

correlation_names <- function(factors) {
  unlist(lapply(factors, function(factor) {
    lapply(factor$correlated, function(set) pairs_of(unlist(set), prefix_of(factor, factors)))
  }))
}

# SDs and correlations by name, from VarCorr's list of covariance matrices, in its order.
variances <- function(terms, factors) {
  known <- vapply(factors, function(factor) factor$name, "")
  sd <- numeric()
  cor <- numeric()
  for (index in seq_along(terms)) {
    # Of several sets of terms of one factor all but the first are named with a number behind a dot.
    name <- names(terms)[index]
    if (!(name %in% known)) name <- sub("\\.[0-9]+$", "", name)
    prefix <- prefix_of(factors[[match(name, known)]], factors)
    own <- attr(terms[[index]], "stddev")
    names(own)[names(own) == "(Intercept)"] <- "Intercept"
    sd[paste0(prefix, names(own))] <- own
    correlation <- attr(terms[[index]], "correlation")
    if (is.null(correlation)) next
    for (i in seq_along(own)[-1]) {
      for (j in seq_len(i - 1)) cor[paste0(prefix, names(own)[j], ",", names(own)[i])] <- correlation[i, j]
    }
  }
  list(sd = sd, cor = cor)
}

# A correlation, with Wald's interval on the scale of its atanh; `se` is that of the atanh, or NULL. Where an SD is
# zero, or the correlation -1 or 1, it is no estimate.
correlation <- function(value, se, sds, alpha) {
  if (!is.finite(value) || abs(value) > 0.9999 || any(sds < singular_sd)) return(NULL)
  if (is.null(se) || !is.finite(se)) return(list(estimate = value))
  margin <- qnorm(1 - alpha / 2) * se
  list(
    estimate = value, se = (1 - value^2) * se, lower = tanh(atanh(value) - margin),
    upper = tanh(atanh(value) + margin), p = 2 * pnorm(-abs(atanh(value) / se)))
}

# Below this a share of zeros is taken for zero, and its logit is no estimate.
singular_share <- 0.001

# Answers every line until there are no more.
# fit(formula, data, factors, family) gives list(fixed, se, sd, log_sd_se or NULL, converged, status, iterations), and
# where terms are correlated cor and cor_se, the SEs of atanh(cor), or NULL; sd and cor by the names above. Of a family
# other than Poisson it gives `family` too: of each parameter list(estimate, se) or NULL, by name. A program that has
# none refuses it.
serve <- function(package, fit) {
  need("jsonlite")
  need(package)
  suppressPackageStartupMessages(library(package, character.only = TRUE))
  while (length(line <- readLines(lines_in, n = 1)) > 0) {
    request <- jsonlite::fromJSON(line)
    # Lists of lists, which would become a data frame.
    if (!is.null(request$factors)) request$factors <- jsonlite::fromJSON(line, simplifyVector = FALSE)$factors
    if (!is.null(request$hello)) {
      say(list(request = request$request, version = versions(package), seconds = TRUE))
    } else {
      say(answer(request, fit))
    }
  }
}

answer <- function(request, fit) {
  data <- as.data.frame(lapply(request$columns, as.numeric), optional = TRUE)
  factors <- factors_of(request)
  for (column in unlist(lapply(factors, function(factor) factor$columns))) data[[column]] <- factor(data[[column]])
  formula <- as.formula(request$formula)
  start <- Sys.time()
  # Warnings of convergence are in the status; an error is the answer.
  family <- if (is.null(request$family)) "poisson" else request$family
  result <- tryCatch(suppressMessages(suppressWarnings(fit(formula, data, factors, family))), error = identity)
  seconds <- as.numeric(difftime(Sys.time(), start, units = "secs"))
  if (inherits(result, "error")) {
    return(list(request = request$request, error = conditionMessage(result)))
  }
  reply <- list(
    request = request$request, converged = result$converged, status = result$status,
    iterations = as.integer(result$iterations), seconds = seconds)
  fixed <- named(result$fixed, request$fixed)
  se <- named(result$se, request$fixed)
  sd <- result$sd[random_names(factors)]
  numbers <- c(fixed, se, sd)
  if (!reply$converged) return(reply)
  if (anyNA(numbers) || any(!is.finite(numbers))) {
    return(list(request = request$request, error = "an estimate or standard error is not finite"))
  }
  parameters <- list()
  for (name in request$fixed) {
    parameters[[name]] <- wald(fixed[[name]], se[[name]], request$alpha)
  }
  log_sd_se <- result$log_sd_se
  for (name in random_names(factors)) {
    # A list keeps NULL only if it is assigned as an element.
    parameters[paste0("log_sd(", name, ")")] <-
      list(log_sd(sd[[name]], if (is.null(log_sd_se)) NULL else log_sd_se[[name]], request$alpha))
  }
  for (name in correlation_names(factors)) {
    prefix <- sub("[^:]*$", "", name)
    terms <- paste0(prefix, strsplit(substring(name, nchar(prefix) + 1), ",", fixed = TRUE)[[1]])
    se <- if (name %in% names(result$cor_se)) result$cor_se[[name]] else NULL
    parameters[paste0("cor(", name, ")")] <- list(correlation(result$cor[[name]], se, sd[terms], request$alpha))
  }
  for (name in names(result$family)) {
    own <- result$family[[name]]
    parameters[name] <- list(
      if (!is.null(own)) wald(own$estimate, own$se, request$alpha, is_tested = FALSE))
  }
  reply$parameters <- parameters
  reply
}
