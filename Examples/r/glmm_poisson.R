# Poisson mixed models by variational Bayes in R, through the command glmm-poisson.
#
#     source("glmm_poisson.R")
#     fit <- glmm_poisson(y ~ x + (1 | clinic) + offset(log(days)), data = visits)
#     summary(fit)
#     confint(fit, level = 0.9)
#     predict(fit, plan)
#
# It needs the package jsonlite and the command: on the PATH, or named in full by the environment
# variable GLMM_POISSON. The formula is the command's, which is R's and lme4's ("glmm-poisson fit
# --help"). Its variables are columns of the data: variables and functions of the R session are not
# known to it. Columns are numbers, texts, factors or TRUE and FALSE. Contrasts of factors are
# treatment contrasts against the first level, or of texts against the first in alphabetical order.

# Fits a model.
#
#   formula            the model, as in y ~ x + (1 | clinic), as a formula or as text
#   data               a data frame; rows with a missing value in a used column are left out
#   weights            the name of a column of whole numbers: how often each row was observed
#   approximation      "mean-field", "structured", "integrated" or "corrected", the default
#   family             "poisson", the default, "negative-binomial", "zero-inflated-poisson" or
#                      "zero-inflated-negative-binomial"
#   alpha              intervals hold a probability of 1 - alpha, 0.95 by default
#   fixed_prior_sd     the prior standard deviation of each fixed effect
#   log_sd_prior_sd    that of the log of each random effect's standard deviation
#   correlation_shape  the shape of the LKJ prior of correlated random effects
#   standardize        whether to centre and scale the columns of the fixed effects for the fit
#   threads            how many threads to use; the results do not depend on it
#
# Returns an object with the methods print, summary, coef, fixef, vcov, confint, ranef, predict,
# fitted, residuals, logLik (with it AIC and BIC), nobs and formula. It can be saved by saveRDS and
# predicts after readRDS. What the command warns of is a warning, and is kept in fit$warnings;
# fit$prior_sensitivity says how much the prior matters for each parameter (above 0.05 notably).
glmm_poisson <- function(formula, data, weights = NULL, approximation = NULL, family = NULL,
                         alpha = NULL, fixed_prior_sd = NULL, log_sd_prior_sd = NULL,
                         correlation_shape = NULL,
                         standardize = FALSE, threads = NULL) {
  settings <- list(
    weights = weights, approximation = approximation, family = family, alpha = alpha,
    `fixed-prior-sd` = fixed_prior_sd, `log-sd-prior-sd` = log_sd_prior_sd,
    `correlation-shape` = correlation_shape, threads = threads)
  settings <- settings[!vapply(settings, is.null, NA)]
  for (name in names(settings)) {
    if (length(settings[[name]]) != 1 || is.na(settings[[name]])) {
      glmm_poisson_stop("'", gsub("-", "_", name), "' must be a single value.")
    }
  }
  if (!isTRUE(standardize) && !isFALSE(standardize)) {
    glmm_poisson_stop("'standardize' must be TRUE or FALSE.")
  }
  formula <- stats::as.formula(formula)
  data <- glmm_poisson_columns(formula, data, weights)
  fit <- glmm_poisson_run(formula, data, settings, standardize)
  fit$call <- match.call()
  for (sentence in fit$warnings) warning(sentence, call. = FALSE)
  fit
}

# Runs the command's fit on the used columns of the data; everything that the methods need.
glmm_poisson_run <- function(formula, data, settings, standardize) {
  folder <- tempfile("glmm_poisson")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  file <- function(name) file.path(folder, name)
  coding <- glmm_poisson_coding(formula, data)
  notes <- glmm_poisson_fit_command(
    coding, data, settings, standardize, file("data.csv"), output = file("fit.json"),
    c("--format", "json", "--save", file("saved.fit"), "--random-effects", file("effects.csv")))

  renamed <- function(names) glmm_poisson_names(names, coding$wrapped)
  # With --random-effects in a file, standard output has the JSON.
  json <- jsonlite::fromJSON(file("fit.json"))
  said <- function(texts) {
    texts <- glmm_poisson_sentences(as.character(unlist(texts)), c("the data" = file("data.csv")))
    renamed(texts)
  }
  table <- function(rows) if (is.data.frame(rows)) rows else data.frame()
  fixed <- table(json$fixed_effects)
  fixed$parameter <- renamed(fixed$parameter)
  sds <- table(json$random_effects)
  if (nrow(sds) > 0) sds$parameter <- renamed(sds$parameter)
  correlations <- table(json$correlations)
  if (nrow(correlations) > 0) correlations$parameters <- lapply(correlations$parameters, renamed)
  family_parameters <- table(json$family_parameters)
  effects <- utils::read.csv(
    file("effects.csv"), colClasses = c(factor = "character", group = "character"),
    na.strings = character(), encoding = "UTF-8")
  effects$parameter <- renamed(effects$parameter)
  checks <- table(json$checks)
  if (nrow(checks) > 0) checks$sentence <- said(checks$sentence)
  covariance <- matrix(
    as.numeric(json$fixed_covariance), nrow(fixed), nrow(fixed),
    dimnames = list(fixed$parameter, fixed$parameter))
  prior_sensitivity <- vapply(json$prior_sensitivity, glmm_poisson_number, 0)
  names(prior_sensitivity) <- renamed(names(prior_sensitivity))
  structure(
    list(
      formula = formula, data = data, settings = settings, standardize = standardize,
      approximation = json$approximation, alpha = json$alpha, fixed = fixed,
      covariance = covariance, sds = sds, correlations = correlations,
      family = if (is.null(json$family)) "poisson" else json$family,
      family_parameters = family_parameters, effects = effects,
      observations = json$observations, groups = json$groups, dropped_rows = json$dropped_rows,
      converged = json$converged, log_likelihood = glmm_poisson_number(json$log_likelihood),
      log_evidence = glmm_poisson_number(json$log_evidence), aic = glmm_poisson_number(json$aic),
      prior_sensitivity = prior_sensitivity, checks = checks,
      warnings = unique(c(renamed(notes), said(json$warnings))),
      saved = readBin(file("saved.fit"), "raw", file.size(file("saved.fit")))),
    class = "glmm_poisson")
}

# Runs the command's fit, with the data in a new file `path` and more options; what it warned of.
glmm_poisson_fit_command <- function(coding, data, settings, standardize, path, output, more) {
  glmm_poisson_write(data, path)
  options <- unlist(lapply(names(settings), function(name) {
    value <- settings[[name]]
    c(paste0("--", name), if (is.numeric(value)) sprintf("%.17g", value) else as.character(value))
  }))
  references <- unlist(lapply(names(coding$references), function(name) {
    c("--reference", paste0(name, "=", coding$references[[name]]))
  }))
  glmm_poisson_command(
    c("fit", path, "--formula", coding$formula, more, options, references,
      if (standardize) "--standardize"),
    output = output, files = c("the data" = path))
}

# The command's residuals of the rows that were fitted. Those of many rows take longer than the fit,
# and are computed when they are wanted.
glmm_poisson_residuals <- function(fit) {
  folder <- tempfile("glmm_poisson")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  file <- function(name) file.path(folder, name)
  glmm_poisson_fit_command(
    glmm_poisson_coding(fit$formula, fit$data), fit$data, fit$settings, fit$standardize,
    file("data.csv"), output = file("residuals.csv"), c("--residuals", "-"))
  residuals <- utils::read.csv(file("residuals.csv"))
  # With weights a row has a line each time that it was observed.
  residuals <- residuals[!duplicated(residuals$line), ]
  # The first line has the names of the columns.
  row.names(residuals) <- row.names(fit$data)[residuals$line - 1]
  residuals
}

# ---- Methods -------------------------------------------------------------------------------------

print.glmm_poisson <- function(x, digits = 4, ...) {
  glmm_poisson_heading(x)
  cat("\nFixed effects\n")
  print(coef(x), digits = digits, ...)
  glmm_poisson_print_sds(x, digits)
  invisible(x)
}

# The table of fixed effects is `coefficients`, the one of standard deviations `sds`.
summary.glmm_poisson <- function(object, ...) {
  fixed <- object$fixed
  coefficients <- cbind(
    Mean = fixed$mean, SD = fixed$sd, z = fixed$z, p = fixed$p, fixed$ci_lower, fixed$ci_upper,
    IRR = fixed$irr)
  dimnames(coefficients) <- list(
    fixed$parameter, c("Mean", "SD", "z", "p", glmm_poisson_percent(object$alpha), "IRR"))
  structure(list(fit = object, coefficients = coefficients, sds = object$sds),
            class = "summary.glmm_poisson")
}

print.summary.glmm_poisson <- function(x, digits = 4, ...) {
  fit <- x$fit
  glmm_poisson_heading(fit)
  cat("\nFixed effects\n")
  table <- as.data.frame(x$coefficients)
  table$p <- format.pval(table$p, digits = 3, eps = 1e-99)
  print(table, digits = digits)
  glmm_poisson_print_sds(fit, digits)
  if (nrow(fit$correlations) > 0) {
    cat("\nCorrelations\n")
    table <- data.frame(
      group = fit$correlations$group,
      terms = vapply(fit$correlations$parameters, paste, "", collapse = ", "),
      mean = fit$correlations$mean, lower = fit$correlations$ci_lower,
      upper = fit$correlations$ci_upper)
    names(table)[4:5] <- glmm_poisson_percent(fit$alpha)
    print(table, digits = digits, row.names = FALSE)
  }
  if (nrow(fit$family_parameters) > 0) {
    cat("\nCounts, ", fit$family, "\n", sep = "")
    table <- fit$family_parameters
    names(table)[match(c("ci_lower", "ci_upper"), names(table))] <- glmm_poisson_percent(fit$alpha)
    print(table, digits = digits, row.names = FALSE)
  }
  if (!is.na(fit$log_likelihood)) {
    cat(sprintf("\nLog-likelihood %.2f, AIC %.2f, BIC %.2f\n", fit$log_likelihood,
                stats::AIC(fit), stats::BIC(fit)))
  }
  glmm_poisson_print_list("Checks of the model", fit$checks$sentence)
  glmm_poisson_print_list("Warnings", fit$warnings)
  invisible(x)
}

# The posterior means of the fixed effects.
coef.glmm_poisson <- function(object, ...) {
  stats::setNames(object$fixed$mean, object$fixed$parameter)
}

fixef.glmm_poisson <- function(object, ...) coef(object)

# The posterior covariance matrix of the fixed effects.
vcov.glmm_poisson <- function(object, ...) object$covariance

# Posterior intervals of the fixed effects. Those of another level than the fit's own take a fit
# more: a posterior is not normal.
confint.glmm_poisson <- function(object, parm, level = 1 - object$alpha, ...) {
  glmm_poisson_no_more("confint", list(...))
  if (!is.numeric(level) || length(level) != 1 || is.na(level) || level <= 0 || level >= 1) {
    glmm_poisson_stop("'level' must lie between 0 and 1.")
  }
  # 1 - 0.95 is not 0.05 to the bit.
  if (abs(1 - level - object$alpha) > 1e-12) {
    settings <- object$settings
    settings$alpha <- 1 - level
    object <- glmm_poisson_run(object$formula, object$data, settings, object$standardize)
  }
  intervals <- cbind(object$fixed$ci_lower, object$fixed$ci_upper)
  dimnames(intervals) <- list(object$fixed$parameter, glmm_poisson_percent(object$alpha))
  if (missing(parm)) return(intervals)
  unknown <- if (is.character(parm)) setdiff(parm, rownames(intervals)) else character()
  if (length(unknown) > 0) glmm_poisson_stop("There is no fixed effect '", unknown[1], "'.")
  intervals[parm, , drop = FALSE]
}

# The random effects: for each grouping factor a data frame with a row for each level and a column
# for each term.
#   which  "mean", "sd", or the ends of intervals, "ci_lower" and "ci_upper"
ranef.glmm_poisson <- function(object, which = c("mean", "sd", "ci_lower", "ci_upper"), ...) {
  glmm_poisson_no_more("ranef", list(...))
  which <- match.arg(which)
  effects <- object$effects
  lapply(split(effects, factor(effects$factor, unique(effects$factor))), function(rows) {
    levels <- unique(rows$group)
    terms <- unique(rows$parameter)
    values <- matrix(NA_real_, length(levels), length(terms), dimnames = list(levels, terms))
    values[cbind(match(rows$group, levels), match(rows$parameter, terms))] <- rows[[which]]
    as.data.frame(values, optional = TRUE)
  })
}

# Expected counts and intervals of new rows, in groups of the data and in others.
#   newdata  a data frame with the columns of the formula but for the response; without it the rows
#            of the data that were fitted
#   scale    "count", with the offset, or "rate", for an exposure of 1
#   groups   "own", those of newdata, or without looking at these "new" ones, a "typical" one whose
#            random effects are 0, or the "average" over groups
#   level    the probability that intervals hold
#   re.form  lme4's way to choose groups: NULL for "own", NA or ~0 for "typical"
# Returns a data frame with the rows of newdata: the groups, whether they are new, the posterior
# mean, median and interval of the expected count, and an interval of a new count.
predict.glmm_poisson <- function(object, newdata = NULL, scale = c("count", "rate"),
                                 groups = c("own", "new", "typical", "average"),
                                 level = 1 - object$alpha, threads = NULL, re.form = NULL, ...) {
  glmm_poisson_no_more("predict", list(...))
  scale <- match.arg(scale)
  if (!is.null(re.form)) {
    if (!missing(groups)) glmm_poisson_stop("Give either 'groups' or 're.form'.")
    none <- identical(re.form, NA) || inherits(re.form, "formula") && deparse1(re.form) == "~0"
    if (!none) glmm_poisson_stop("'re.form' must be NULL, NA or ~0.")
    groups <- "typical"
  }
  groups <- match.arg(groups)
  if (is.null(newdata)) newdata <- object$data[stats::complete.cases(object$data), , drop = FALSE]
  if (!is.data.frame(newdata)) glmm_poisson_stop("'newdata' must be a data frame.")
  used <- intersect(names(newdata), names(object$data))
  folder <- tempfile("glmm_poisson")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  file <- function(name) file.path(folder, name)
  writeBin(object$saved, file("saved.fit"))
  glmm_poisson_write(newdata[used], file("new.csv"))
  notes <- glmm_poisson_command(
    c("predict", file("new.csv"), "--from", file("saved.fit"), "--scale", scale,
      "--groups", groups, "--alpha", sprintf("%.17g", 1 - level),
      if (!is.null(threads)) c("--threads", threads)),
    output = file("predictions.csv"), files = c("the new rows" = file("new.csv")))
  # What concerns the fit was said when it was made.
  for (note in setdiff(notes, object$warnings)) warning(note, call. = FALSE)
  predictions <- utils::read.csv(file("predictions.csv"), check.names = FALSE, encoding = "UTF-8",
                                 colClasses = "character", na.strings = character())
  numbers <- !grepl("^group(\\(|$)", names(predictions))
  predictions[numbers] <- lapply(predictions[numbers], as.numeric)
  news <- grepl("^new_group(\\(|$)", names(predictions))
  predictions[news] <- lapply(predictions[news], as.logical)
  predictions <- predictions[names(predictions) != "row"]
  row.names(predictions) <- row.names(newdata)
  predictions
}

# The expected counts of the rows that were fitted, in their own groups; they take a fit more.
fitted.glmm_poisson <- function(object, ...) {
  glmm_poisson_no_more("fitted", list(...))
  residuals <- glmm_poisson_residuals(object)
  stats::setNames(residuals$fitted, row.names(residuals))
}

# Residuals of the rows that were fitted; they take a fit more.
#   type  "response", the count minus the expected one, "pearson", that over the root of the
#         expected one, or "quantile", which are standard normal where the model holds
residuals.glmm_poisson <- function(object, type = c("response", "pearson", "quantile"), ...) {
  glmm_poisson_no_more("residuals", list(...))
  type <- match.arg(type)
  residuals <- glmm_poisson_residuals(object)
  stats::setNames(residuals[[type]], row.names(residuals))
}

deviance.glmm_poisson <- function(object, ...) {
  glmm_poisson_stop("A fit has no deviance: logLik, AIC and residuals say how good it is.")
}

logLik.glmm_poisson <- function(object, ...) {
  structure(object$log_likelihood, df = round(object$aic / 2 + object$log_likelihood),
            nobs = object$observations, class = "logLik")
}

nobs.glmm_poisson <- function(object, ...) object$observations

formula.glmm_poisson <- function(x, ...) x$formula

# nlme and lme4 have generic functions of these names, whose methods go on working.
ranef <- function(object, ...) UseMethod("ranef")
fixef <- function(object, ...) UseMethod("fixef")
ranef.default <- function(object, ...) nlme::ranef(object, ...)
fixef.default <- function(object, ...) nlme::fixef(object, ...)

# ---- Between R and the command -------------------------------------------------------------------

glmm_poisson_stop <- function(...) stop(..., call. = FALSE)

# Stops at arguments that a method does not have: in its dots they would be passed over in silence.
glmm_poisson_no_more <- function(method, others) {
  if (length(others) == 0) return(invisible())
  named <- names(others)[nzchar(names(others))]
  if (length(named) == 0) glmm_poisson_stop("'", method, "' was given too many arguments.")
  glmm_poisson_stop(
    "'", method, "' has no argument ", paste0("'", named, "'", collapse = " or "), ".")
}

# null in the JSON is a number that is not known.
glmm_poisson_number <- function(value) if (is.null(value)) NA_real_ else as.numeric(value)

glmm_poisson_percent <- function(alpha) {
  paste(format(100 * c(alpha / 2, 1 - alpha / 2), trim = TRUE, digits = 3), "%")
}

glmm_poisson_heading <- function(fit) {
  family <- gsub("-", " ", if (is.null(fit$family)) "poisson" else fit$family)
  substr(family, 1, 1) <- toupper(substr(family, 1, 1))
  cat(family, " mixed model, ", fit$approximation, " approximation\n", sep = "")
  cat("  formula       ", deparse1(fit$formula), "\n", sep = "")
  groups <- if (nrow(fit$sds) == 0) {
    ""
  } else if (is.list(fit$groups)) {
    paste0(" in ", paste(unlist(fit$groups), names(fit$groups), collapse = " and "))
  } else {
    paste0(" in ", fit$groups, " groups (", fit$sds$group[1], ")")
  }
  dropped <- if (fit$dropped_rows > 0) {
    paste0("; ", fit$dropped_rows, " with missing values left out")
  }
  cat("  observations  ", fit$observations, groups, dropped, "\n", sep = "")
  if (!fit$converged) cat("  NOT CONVERGED\n")
}

glmm_poisson_print_sds <- function(fit, digits) {
  if (nrow(fit$sds) == 0) return(invisible())
  cat("\nStandard deviations of random effects\n")
  table <- data.frame(group = fit$sds$group, term = fit$sds$parameter, SD = fit$sds$sd_median,
                      lower = fit$sds$sd_lower, upper = fit$sds$sd_upper)
  names(table)[4:5] <- glmm_poisson_percent(fit$alpha)
  print(table, digits = digits, row.names = FALSE)
}

glmm_poisson_print_list <- function(title, sentences) {
  if (length(sentences) == 0) return(invisible())
  cat("\n", title, "\n", sep = "")
  for (sentence in sentences) writeLines(strwrap(sentence, indent = 2, exdent = 4))
}

# The columns of the data that the formula uses.
glmm_poisson_columns <- function(formula, data, weights) {
  if (!is.data.frame(data)) glmm_poisson_stop("'data' must be a data frame.")
  data <- as.data.frame(data)
  used <- all.vars(formula)
  others <- if (!"." %in% used) setdiff(names(data), c(used, weights))
  unknown <- setdiff(c(used, weights), c(names(data), ".", "row"))
  if (length(unknown) == 0) {
    data <- data[setdiff(names(data), others)]
  } else {
    # The command says what is not there, and which names there are.
    data[others] <- rep(list(rep(0, nrow(data))), length(others))
  }
  for (name in names(data)) {
    if (is.ordered(data[[name]])) {
      glmm_poisson_stop(
        "Column '", name, "' is an ordered factor, whose polynomial contrasts the command does ",
        "not know: make it a factor by factor(", name, ", ordered = FALSE), or numbers.")
    }
  }
  data
}

# The formula as text for the command, and the first level of each factor as its reference.
#
# A CSV file does not tell a factor of numbers from numbers: f becomes factor(f) in the formula, and
# `wrapped` has its name, so that parameters are called as R calls them.
glmm_poisson_coding <- function(formula, data) {
  is_text <- vapply(data, function(column) is.factor(column) || is.character(column), NA)
  values <- lapply(data[is_text], function(column) unique(as.character(stats::na.omit(column))))
  of_numbers <- names(values)[vapply(values, function(texts) {
    number <- "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
    length(texts) > 0 && all(grepl(number, texts))
  }, NA)]
  bare <- character()
  # Grouping factors, right of a bar, are texts as they are written.
  rewritten <- function(term) {
    if (is.name(term)) {
      name <- as.character(term)
      if (name %in% names(values)) bare <<- union(bare, name)
      return(if (name %in% of_numbers) call("factor", term) else term)
    }
    if (!is.call(term)) return(term)
    operator <- if (is.name(term[[1]])) as.character(term[[1]]) else ""
    if (operator %in% c("factor", "as.factor", "relevel")) return(term)
    arguments <- if (operator %in% c("|", "||")) 2 else seq_along(term)[-1]
    for (argument in arguments) term[[argument]] <- rewritten(term[[argument]])
    term
  }
  text <- formula
  right <- length(formula)
  text[[right]] <- rewritten(formula[[right]])

  if ("." %in% all.vars(formula[[right]])) {
    hidden <- setdiff(of_numbers, all.vars(formula))
    if (length(hidden) > 0) {
      glmm_poisson_stop(
        "Column '", hidden[1], "' holds numbers as texts, which '.' would take as numbers: name ",
        "the columns in the formula, or make it numbers.")
    }
    bare <- union(bare, setdiff(names(values), all.vars(formula)))
  }
  wrapped <- intersect(bare, of_numbers)
  for (name in wrapped) {
    other <- values[[name]][values[[name]] != sprintf("%.15g", as.numeric(values[[name]]))]
    if (length(other) > 0) {
      glmm_poisson_stop(
        "Column '", name, "' has the level '", other[1], "', which would be read as the number ",
        as.numeric(other[1]), ": give its levels names that are no numbers.")
    }
  }
  complete <- data[stats::complete.cases(data), , drop = FALSE]
  references <- list()
  for (name in bare[vapply(bare, function(name) is.factor(data[[name]]), NA)]) {
    present <- levels(droplevels(complete[[name]]))
    if (length(present) > 0) references[[name]] <- present[1]
  }
  # R would break long lines.
  list(formula = deparse1(text), references = references, wrapped = wrapped)
}

# Parameters as R calls them.
glmm_poisson_names <- function(names, wrapped) {
  for (name in wrapped) names <- gsub(paste0("factor(", name, ")"), name, names, fixed = TRUE)
  names[names == "Intercept"] <- "(Intercept)"
  names
}

# Writes a data frame as CSV in UTF-8, numbers with all their digits, whatever the locale.
glmm_poisson_write <- function(data, path) {
  quoted <- function(texts) {
    paste0('"', gsub('"', '""', enc2utf8(texts), fixed = TRUE), '"', recycle0 = TRUE)
  }
  fields <- lapply(names(data), function(name) {
    column <- data[[name]]
    if (is.factor(column)) column <- as.character(column)
    column <- glmm_poisson_unprotected(column)
    if (is.object(column) || !is.null(dim(column)) ||
        !(is.numeric(column) || is.character(column) || is.logical(column))) {
      glmm_poisson_stop(
        "Column '", name, "' is of class ", class(column)[1],
        ": make it numbers, texts or a factor.")
    }
    missing <- is.na(column)
    if (is.character(column)) {
      if (any(!missing & column %in% c("", "NA"))) {
        glmm_poisson_stop(
          "Column '", name, "' has the text '", column[!missing & column %in% c("", "NA")][1],
          "', which would be read as a missing value: make it NA, or call it otherwise.")
      }
      if (any(grepl("[\r\n]", column))) {
        glmm_poisson_stop("Column '", name, "' has texts with a line break.")
      }
      texts <- quoted(column)
    } else if (is.logical(column)) {
      texts <- as.character(column)
    } else {
      if (any(is.infinite(column))) {
        glmm_poisson_stop(
          "Column '", name, "' is infinite in row ", which(is.infinite(column))[1], ".")
      }
      texts <- sprintf("%.17g", as.double(column))
    }
    texts[missing] <- "NA"
    c(quoted(name), texts)
  })
  file <- file(path, "wb")
  on.exit(close(file))
  writeLines(do.call(paste, c(fields, sep = ",")), file, useBytes = TRUE)
}

# A column that I() protects is the column.
glmm_poisson_unprotected <- function(column) {
  if (inherits(column, "AsIs")) class(column) <- setdiff(class(column), "AsIs")
  column
}

# Runs the command with its standard output in a file.
# Returns what it warned of; what makes it fail is an error, in its own words.
#   files  the paths of data that messages may name, by what to call them
glmm_poisson_command <- function(arguments, output, files) {
  program <- Sys.getenv("GLMM_POISSON", "glmm-poisson")
  if (!nzchar(Sys.which(program))) {
    glmm_poisson_stop(
      "There is no program '", program, "': install glmm-poisson, or name it by the environment ",
      "variable GLMM_POISSON.")
  }
  errors <- tempfile("glmm_poisson")
  on.exit(unlink(errors))
  status <- system2(program, shQuote(enc2utf8(arguments)), stdout = output, stderr = errors)
  lines <- readLines(errors, encoding = "UTF-8", warn = FALSE)
  is_warning <- startsWith(lines, "glmm-poisson: warning: ")
  if (status != 0) {
    said <- sub("^(glmm-poisson|Error): ", "", lines[!is_warning])
    glmm_poisson_stop(
      if (length(said) > 0) glmm_poisson_sentences(said[1], files)
      else paste0("'", program, "' ended with status ", status, "."))
  }
  glmm_poisson_sentences(sub("glmm-poisson: warning: ", "", lines[is_warning]), files)
}

# Sentences in which lines of a CSV file are rows of a data frame: the first line has the names.
glmm_poisson_sentences <- function(sentences, files) {
  for (name in names(files)) {
    sentences <- gsub(files[[name]], "\001", sentences, fixed = TRUE)
    places <- gregexpr("\001:[0-9]+(:[0-9]+)?", sentences)
    regmatches(sentences, places) <- lapply(regmatches(sentences, places), function(found) {
      line <- as.numeric(sub("^\001:([0-9]+).*", "\\1", found))
      ifelse(line == 1, name, paste("row", line - 1, "of", name))
    })
    sentences <- gsub("\001", name, sentences, fixed = TRUE)
  }
  sentences
}
