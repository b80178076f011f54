# Tests Examples/r/glmm_poisson.R by the command that the environment variable GLMM_POISSON names:
#
#     make test-r
#
# What the functions return is compared with what the command prints for a file that they have not
# written, with R's own model.matrix and, where it is installed, with lme4.

path <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1]))
root <- dirname(dirname(dirname(path)))
source(file.path(root, "Examples/r/glmm_poisson.R"))
reference <- function(name) file.path(root, "Tests/PoissonGLMMTests/Reference", name)
program <- Sys.getenv("GLMM_POISSON")

checked <- 0
expect <- function(condition, ...) {
  if (!isTRUE(condition)) {
    stop("expected ", deparse1(substitute(condition)), " ", ..., call. = FALSE)
  }
  checked <<- checked + 1
}
expect_error <- function(expression, sentence) {
  message <- tryCatch({ expression; "no error" }, error = conditionMessage)
  expect(identical(message, sentence), "\n  found: ", message)
}
# The value of an expression, and what it warned of.
warned <- function(expression) {
  warnings <- character()
  value <- withCallingHandlers(expression, warning = function(condition) {
    warnings <<- c(warnings, conditionMessage(condition))
    invokeRestart("muffleWarning")
  })
  list(value = value, warnings = warnings)
}
# The table that the command prints as CSV.
command_csv <- function(...) {
  file <- tempfile()
  on.exit(unlink(file))
  stopifnot(system2(program, shQuote(c(...)), stdout = file, stderr = FALSE) == 0)
  read.csv(file, check.names = FALSE, colClasses = c(group = "character"))
}

# ---- The numbers are the command's ---------------------------------------------------------------

file <- reference("epilepsy.csv")
epilepsy <- read.csv(file)
text <- "y ~ lbase * trt + lage + V4 + (1 | subject)"
fit <- glmm_poisson(y ~ lbase * trt + lage + V4 + (1 | subject), epilepsy)
table <- command_csv("fit", file, "--formula", text, "--format", "csv")
fixed <- table[table$effect == "fixed", ]
# R's reader of numbers may be off by a unit in the last place of the table's texts; the functions
# give the command all digits.
near <- function(x, y, tolerance = 4 * .Machine$double.eps) {
  isTRUE(all.equal(unname(x), unname(y), tolerance = tolerance))
}
names_in_r <- sub("^Intercept$", "(Intercept)", fixed$parameter)
expect(identical(names(coef(fit)), names_in_r))
expect(near(coef(fit), fixed$mean))
expect(identical(coef(fit), fixef(fit)))
expect(near(sqrt(diag(vcov(fit))), fixed$sd))
expect(identical(dimnames(vcov(fit)), list(names_in_r, names_in_r)))
expect(isSymmetric(vcov(fit)))
expect(near(confint(fit), as.matrix(fixed[c("ci_lower", "ci_upper")])))
expect(identical(colnames(confint(fit)), c("2.5 %", "97.5 %")))
expect(identical(confint(fit, c("trt", "lbase:trt")), confint(fit)[c("trt", "lbase:trt"), ]))
expect(identical(confint(fit, 2), confint(fit)[2, , drop = FALSE]))
log_sd <- table[table$effect == "log_sd", ]
expect(near(fit$sds$log_sd_mean, log_sd$mean))
expect(nobs(fit) == 236)
expect(fit$groups == 59)
# Counts of parameters: six fixed effects and a standard deviation.
expect(attr(logLik(fit), "df") == 7)
expect(near(AIC(fit), fit$aic, 1e-12))
expect(identical(deparse1(formula(fit)), text))

other <- command_csv("fit", file, "--formula", text, "--format", "csv", "--alpha", "0.2")
other <- other[other$effect == "fixed", ]
# 1 - 0.8 is off 0.2 by a unit in the last place.
expect(near(confint(fit, level = 0.8), as.matrix(other[c("ci_lower", "ci_upper")]), 1e-12))
expect(identical(colnames(confint(fit, level = 0.8)), c("10 %", "90 %")))

effects_file <- tempfile()
invisible(command_csv(
  "fit", file, "--formula", text, "--format", "csv", "--random-effects", effects_file))
effects <- read.csv(effects_file, colClasses = c(group = "character"))
expect(identical(names(ranef(fit)), "subject"))
expect(identical(rownames(ranef(fit)$subject), effects$group))
expect(near(ranef(fit)$subject[["(Intercept)"]], effects$mean))
expect(near(ranef(fit, "ci_upper")$subject[["(Intercept)"]], effects$ci_upper))

# ---- Other programs ------------------------------------------------------------------------------

if (requireNamespace("lme4", quietly = TRUE)) {
  suppressPackageStartupMessages(library(lme4))
  other <- suppressWarnings(
    glmer(y ~ lbase * trt + lage + V4 + (1 | subject), epilepsy, family = poisson))
  # Maximum likelihood has no prior. With a wide one means are within a tenth of a standard error
  # of it, and what the SD between groups is known to adds less than a tenth to the SDs. Random
  # effects are within half of an SD.
  wide <- glmm_poisson(formula(fit), epilepsy, fixed_prior_sd = 100)
  errors <- sqrt(diag(as.matrix(vcov(other))))
  expect(identical(names(coef(wide)), names(lme4::fixef(other))))
  expect(all(abs(coef(wide) - lme4::fixef(other)) < errors / 10))
  expect(all(sqrt(diag(vcov(wide))) > errors & sqrt(diag(vcov(wide))) < 1.1 * errors))
  difference <- ranef(wide)$subject[["(Intercept)"]] -
    lme4::ranef(other)$subject[rownames(ranef(wide)$subject), "(Intercept)"]
  expect(all(abs(difference) < ranef(wide, "sd")$subject[["(Intercept)"]] / 2))
  # Our generics leave lme4's methods, and lme4's generics find ours.
  expect(identical(ranef(other), lme4::ranef(other)))
  expect(identical(fixef(other), lme4::fixef(other)))
  expect(identical(lme4::ranef(fit), ranef(fit)))
} else {
  cat("lme4 is not installed: nothing is compared with it.\n")
}

# ---- Predictions ---------------------------------------------------------------------------------

new <- data.frame(lbase = 1.01, trt = c(0, 1, 1), lage = 3.43, V4 = 0,
                  subject = c("1", "1", "somebody"), row.names = c("a", "b", "c"))
predicted <- predict(fit, new)
new_file <- tempfile()
write.csv(new, new_file, row.names = FALSE)
printed <- command_csv("predict", file, "--formula", text, "--new", new_file)
expect(identical(row.names(predicted), c("a", "b", "c")))
expect(identical(predicted$group, c("1", "1", "somebody")))
expect(identical(predicted$new_group, c(FALSE, FALSE, TRUE)))
numbers <- c("mean", "median", "lower", "upper", "count_lower", "count_upper")
# A saved fit predicts by the same bits.
expect(near(as.matrix(predicted[numbers]), as.matrix(printed[numbers])))
kept <- tempfile()
saveRDS(fit, kept)
expect(identical(predict(readRDS(kept), new), predicted))
narrow <- predict(fit, new, level = 0.5)
expect(all(narrow$lower > predicted$lower & narrow$upper < predicted$upper))
typical <- predict(fit, new[names(new) != "subject"], groups = "typical")
average <- predict(fit, new, groups = "average")
expect(identical(names(typical), numbers))
expect(all(typical$median < average$median))
expect(all(average$upper < predict(fit, new, groups = "new")$upper))
own <- predict(fit)
expect(nrow(own) == 236 && identical(own$group, as.character(epilepsy$subject)))
expect(cor(own$mean, epilepsy$y) > 0.8)
for (none in list(NA, ~0)) expect(identical(predict(fit, new, re.form = none), typical))
expect(identical(predict(fit, new, re.form = NULL), predicted))
expect_error(predict(fit, new, re.form = ~ (1 | subject)), "'re.form' must be NULL, NA or ~0.")
expect_error(predict(fit, new, groups = "new", re.form = NA), "Give either 'groups' or 're.form'.")

# ---- Fitted counts and residuals -----------------------------------------------------------------

residuals_file <- tempfile()
invisible(command_csv(
  "fit", file, "--formula", text, "--format", "csv", "--residuals", residuals_file))
printed <- read.csv(residuals_file)
expect(near(fitted(fit), printed$fitted))
expect(near(fitted(fit), own$mean, 1e-12))
expect(identical(names(fitted(fit)), row.names(epilepsy)))
expect(near(residuals(fit), epilepsy$y - fitted(fit), 1e-9))
for (type in c("response", "pearson", "quantile")) {
  expect(near(residuals(fit, type), printed[[type]]))
}
expect_error(deviance(fit), "A fit has no deviance: logLik, AIC and residuals say how good it is.")

# Arguments of other packages' methods are not passed over in silence.
expect_error(predict(fit, new, type = "link", se.fit = TRUE),
             "'predict' has no argument 'type' or 'se.fit'.")
expect_error(confint(fit, method = "Wald"), "'confint' has no argument 'method'.")
expect_error(ranef(fit, condVar = TRUE), "'ranef' has no argument 'condVar'.")
expect_error(fitted(fit, "own"), "'fitted' was given too many arguments.")
expect_error(residuals(fit, scaled = TRUE), "'residuals' has no argument 'scaled'.")

# ---- Columns of a data frame ---------------------------------------------------------------------

set.seed(1)
n <- 240
visits <- data.frame(
  y = rpois(n, 3), dose = factor(sample(c("none", "low", "high"), n, TRUE),
                                 levels = c("none", "low", "high", "unused")),
  arm = factor(sample(2:3, n, TRUE), levels = c(3, 2)), sex = sample(c("f", "m"), n, TRUE),
  treated = runif(n) < 0.5, x = rnorm(n) / 3, days = sample(20:40, n, TRUE),
  `blood pressure` = rnorm(n), clinic = factor(rep(sprintf("%02d", 1:24), each = 10)),
  ward = sample(c("north, \"old\"", "s\u00fcd"), n, TRUE), check.names = FALSE)
formula <- y ~ dose * x + arm + sex + treated + `blood pressure` + offset(log(days)) +
  (1 + x | clinic)
mixed <- suppressWarnings(glmm_poisson(formula, visits))
with_column <- function(data, name, value) {
  data[[name]] <- value
  data
}
matrix <- model.matrix(
  ~ dose * x + arm + sex + treated + `blood pressure`,
  with_column(visits, "dose", droplevels(visits$dose)))
# The command has the levels of a factor in alphabetical order, but for the first.
plain <- function(names) gsub("`", "", names)
expect(setequal(plain(names(coef(mixed))), plain(colnames(matrix))),
       paste(names(coef(mixed)), collapse = " "))
# The same model from R's own columns.
columns <- as.data.frame(matrix[, -1])
own_names <- plain(names(columns))
names(columns) <- paste0("x", seq_along(columns))
columns <- cbind(columns, visits[c("y", "days", "clinic", "x")])
by_hand <- suppressWarnings(glmm_poisson(
  paste("y ~", paste0("x", seq_along(own_names), collapse = " + "),
        "+ offset(log(days)) + (1 + x | clinic)"), columns))
# Iterations end within 1e-5 of a posterior SD of the optimum.
order <- match(own_names, plain(names(coef(mixed))))
expect(all(abs(coef(mixed)[order] - coef(by_hand)[-1]) < 1e-5 * sqrt(diag(vcov(by_hand)))[-1]))
expect(nrow(mixed$correlations) == 1)
expect(identical(mixed$correlations$parameters[[1]], c("(Intercept)", "x")))
expect(identical(dim(ranef(mixed)$clinic), c(24L, 2L)))
expect(identical(rownames(ranef(mixed)$clinic), levels(visits$clinic)))
again <- suppressWarnings(predict(mixed, visits[5:9, ]))
expect(near(as.matrix(again[numbers]), as.matrix(predict(mixed)[5:9, numbers]), 1e-12))
rate <- predict(mixed, visits[5:9, names(visits) != "days"], scale = "rate")
expect(near(rate$median * visits$days[5:9], again$median, 1e-9))

crossed <- suppressWarnings(glmm_poisson(y ~ x + (1 | clinic) + (1 | ward) + (1 | row), visits))
expect(identical(names(ranef(crossed)), c("clinic", "ward", "row")))
expect(setequal(rownames(ranef(crossed)$ward), visits$ward))
expect(identical(names(suppressWarnings(predict(crossed, visits[1, ])))[1:4],
                 c("group(clinic)", "new_group(clinic)", "group(ward)", "new_group(ward)")))
regression <- suppressWarnings(glmm_poisson(y ~ x, visits))
expect(length(ranef(regression)) == 0 && nrow(regression$sds) == 0)
expect(near(coef(regression), coef(glm(y ~ x, poisson, visits)), 0.05))

# Weights are counts of rows.
counts <- data.frame(y = c(0:5, 3, 2), g = rep(c("a", "b"), 4), w = c(1, 2, 3, 1, 2, 3, 1, 2))
repeated <- counts[rep(seq_len(nrow(counts)), counts$w), ]
weighted <- suppressWarnings(glmm_poisson(y ~ 1 + (1 | g), counts, weights = "w"))
rows <- suppressWarnings(glmm_poisson(y ~ 1 + (1 | g), repeated))
expect(near(coef(weighted), coef(rows), 1e-6))
expect(near(fitted(weighted), predict(weighted)$mean, 1e-12))

# Settings reach the command, and other locales do not change what it reads.
tight <- suppressWarnings(glmm_poisson(y ~ x, visits, fixed_prior_sd = 1e-3, alpha = 0.1,
                                       approximation = "structured"))
expect(all(abs(coef(tight)) < 0.01))
expect(tight$alpha == 0.1 && tight$approximation == "structured")
expect(identical(colnames(confint(tight)), c("5 %", "95 %")))

# ---- What is printed and what is said ------------------------------------------------------------

shown <- capture.output(print(fit))
expect(identical(shown[1], "Poisson mixed model, corrected approximation"))
expect(any(grepl("observations  236 in 59 groups (subject)", shown, fixed = TRUE)))
shown <- capture.output(print(summary(fit)))
expect(any(grepl("^lbase:trt +0\\.31", shown)))
expect(any(grepl("Log-likelihood -665.53, AIC 1345.07, BIC 1369.31", shown, fixed = TRUE)))
# Lines of the file that R wrote are rows of the data.
expect(any(grepl("row 99 of the data, with a count of 76", gsub("\\s+", " ",
           paste(shown, collapse = " ")), fixed = TRUE)))
expect(identical(rownames(summary(fit)$coefficients), names(coef(fit))))
shown <- capture.output(print(summary(mixed)))
expect(any(grepl("^Correlations$", shown)))

gap <- with_column(visits, "x", replace(visits$x, c(2, 7), NA))
gap <- suppressWarnings(glmm_poisson(y ~ x + (1 | clinic), gap))
expect(gap$dropped_rows == 2 && nobs(gap) == n - 2)
expect(any(grepl("238 in 24 groups (clinic); 2 with missing values left out",
                 capture.output(print(gap)), fixed = TRUE)))
expect(identical(row.names(suppressWarnings(predict(gap))), row.names(visits)[-c(2, 7)]))
expect(identical(names(residuals(gap)), row.names(visits)[-c(2, 7)]))
few <- warned(glmm_poisson(y ~ 1 + (1 | g), counts, weights = "w"))
expect(any(grepl("^There are only 2 groups", few$warnings)))
expect(identical(few$warnings, few$value$warnings))
# What was said of the fit is not said again with each prediction.
expect(length(warned(predict(few$value, counts[1, ]))$warnings) == 0)

bad <- with_column(visits, "y", replace(visits$y, 3, -1))
expect_error(glmm_poisson(y ~ x + (1 | clinic), bad),
             "row 3 of the data: the count is -1.0; counts cannot be negative.")
expect_error(
  glmm_poisson(y ~ sexx + (1 | clinic), visits),
  paste("the data: there is no column 'sexx' (did you mean 'sex'?); the columns are y, dose, arm,",
        "sex, treated, x, days, blood pressure, clinic, ward"))
expect_error(glmm_poisson(y ~ x, visits, weights = "w"),
             paste("the data: there is no column 'w'; the columns are y, dose, arm, sex, treated,",
                   "x, days, blood pressure, clinic, ward"))
expect_error(glmm_poisson(y ~ x, visits, alpha = 2), "--alpha must lie between 0 and 1, not 2.0.")
expect_error(glmm_poisson(y ~ x, visits, alpha = NA), "'alpha' must be a single value.")
expect_error(glmm_poisson(y ~ x, 1:3), "'data' must be a data frame.")
expect_error(confint(fit, level = 95), "'level' must lie between 0 and 1.")
expect_error(confint(fit, "age"), "There is no fixed effect 'age'.")
expect_error(predict(mixed, with_column(visits[1, ], "dose", "unused")),
             paste("row 1 of the new rows: column 'dose' is 'unused', a level that the fitted",
                   "data do not have; theirs are 'none', 'high', 'low'."))
bad <- with_column(visits, "x", ifelse(seq_len(n) == 4, Inf, visits$x))
expect_error(glmm_poisson(y ~ x, bad), "Column 'x' is infinite in row 4.")
bad <- with_column(visits, "x", factor(visits$clinic, ordered = TRUE))
expect_error(
  glmm_poisson(y ~ x, bad),
  paste("Column 'x' is an ordered factor, whose polynomial contrasts the command does not know:",
        "make it a factor by factor(x, ordered = FALSE), or numbers."))
expect_error(
  glmm_poisson(y ~ clinic, visits),
  paste("Column 'clinic' has the level '01', which would be read as the number 1: give its levels",
        "names that are no numbers."))
bad <- with_column(visits, "sex", "NA")
expect_error(
  glmm_poisson(y ~ sex, bad),
  paste("Column 'sex' has the text 'NA', which would be read as a missing value: make it NA, or",
        "call it otherwise."))
bad <- with_column(visits, "x", as.Date("2020-01-01") + visits$x)
expect_error(glmm_poisson(y ~ x, bad),
             "Column 'x' is of class Date: make it numbers, texts or a factor.")

# ---- The README shows what is printed ------------------------------------------------------------

readme <- readLines(file.path(root, "README.md"), encoding = "UTF-8")
first <- grep('^    source\\("Examples/r/glmm_poisson.R"\\)$', readme)
last <- first + which(!grepl("^    |^$", readme[first:length(readme)]))[1] - 2
block <- sub("^    ", "", readme[first:last])
gap <- which(block == "")[1]
code <- file.path(tempdir(), "readme.R")
writeLines(c(sprintf("setwd(%s)", deparse(root)), block[seq_len(gap - 1)]), code)
printed <- capture.output(source(code, local = new.env()))
shown <- block[-seq_len(gap)]
shown <- shown[nzchar(shown)]
expect(length(shown) == 6)
expect(identical(trimws(printed, "right"), shown), paste(c("", printed), collapse = "\n"))

Sys.setenv(GLMM_POISSON = "/nowhere/glmm-poisson")
expect_error(
  glmm_poisson(y ~ x, visits),
  paste("There is no program '/nowhere/glmm-poisson': install glmm-poisson, or name it by the",
        "environment variable GLMM_POISSON."))

cat(checked, "checks passed.\n")
