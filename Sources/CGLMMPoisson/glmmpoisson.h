/*
 * Poisson generalized linear mixed models by variational Bayes: the C interface.
 *
 * Texts are UTF-8 and end with a zero byte unless their size is given. A function that is handed
 * something it cannot use (a null pointer, a size below zero, bytes that are no text) answers with
 * a sentence that says so; the process goes on. What the library cannot know is whether an array is
 * as long as its size says, and whether a pointer that it has handed out was freed already.
 *
 * Ownership. What a function with a name in `_new`, glmm_poisson_call, glmm_poisson_table,
 * glmm_poisson_fit and glmm_poisson_predict return belongs to the caller, who frees it once by the
 * function that is named there; freeing NULL does nothing. What the accessors return belongs to the
 * result and is valid until that is freed. Arguments are read during the call and not kept.
 *
 * Threads. All functions may be called from any thread at any time, and results do not depend on
 * it. A glmm_poisson_data may be read by several calls at once but not while it is changed or
 * freed; a result or a limit may be used by several threads until one of them frees it. A fit uses
 * the thread that calls it and as many others as the option "threads" says (1 unless given).
 *
 * The library installs no signal handler and writes to no file and no stream. The error handler of
 * the GNU Scientific Library, which would end the process, is switched off by the first call.
 */
#ifndef GLMMPOISSON_H
#define GLMMPOISSON_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library, such as "0.1.0"; not to be freed. */
const char *glmm_poisson_version(void);

/* Frees the answer of glmm_poisson_call. */
void glmm_poisson_free(char *text);

/* ---- A limit to what a call may take ---- */

typedef struct glmm_poisson_limit glmm_poisson_limit;

/*
 * A limit on the time of the calls that are given it, counted from now; none where seconds are not
 * above 0. A call that reaches it ends with an error soon after: between two iterations of a fit or
 * two rows of a prediction.
 */
glmm_poisson_limit *glmm_poisson_limit_new(double seconds);
/* Ends the calls that run under the limit, from any thread. */
void glmm_poisson_limit_cancel(glmm_poisson_limit *limit);
/* Frees a limit, which calls that still run may go on using. */
void glmm_poisson_limit_free(glmm_poisson_limit *limit);

/* ---- The documented function GLMM_POISSON ---- */

/*
 * The function as JSON, as `glmm-poisson call` answers it: a list of rows of nine cells or, where
 * the request cannot be answered, a string that says why. Freed by glmm_poisson_free.
 *
 * A request is an object of "y", "x" and "groups" and, optionally, "x_random", "fit_intercept",
 * "alpha" and "approximation". With "result" it asks for other rows than the table:
 *   "warnings"     a sentence each, one empty cell where there are none;
 *   "groups"       the effect of each group with its interval, under a row of titles;
 *   "predictions"  what is expected in the rows of "new_x", "new_groups" and "new_x_random",
 *                  likewise.
 * With "spreadsheet": true the arguments are read as a spreadsheet means them: null is an argument
 * that was left out, rows at the end that are empty texts in every range are dropped, 1 and 0 stand
 * for true and false in "fit_intercept", and a single value in the place of "x_random" is "alpha"
 * or "fit_intercept" as in the documented examples.
 */
char *glmm_poisson_call(const char *request_json);

/* Table, fit or predictions, or the reason why there are none. */
typedef struct glmm_poisson_result glmm_poisson_result;
void glmm_poisson_result_free(glmm_poisson_result *result);

/*
 * The function of arrays of doubles, row by row: y has `rows` numbers, x rows * x_columns, groups
 * `rows`, and x_random, NULL for a random intercept alone, rows * x_random_columns. fit_intercept
 * is 0 or 1. NULL for `approximation` stands for "corrected", NULL for `limit` for none.
 */
glmm_poisson_result *glmm_poisson_table(
    const double *y, int64_t rows, const double *x, int64_t x_columns, const double *groups,
    const double *x_random, int64_t x_random_columns, int fit_intercept, double alpha,
    const char *approximation, glmm_poisson_limit *limit);

/* ---- Any model of any data ---- */

typedef struct glmm_poisson_data glmm_poisson_data;

/* Data without columns yet. */
glmm_poisson_data *glmm_poisson_data_new(void);
/*
 * The text of a CSV file, which may be compressed by gzip; `name` is what messages call it. The
 * text is copied, and read once a formula is known: faults in it are those of the fit. NULL where
 * the size is negative, or the text a null pointer.
 */
glmm_poisson_data *glmm_poisson_data_new_csv(const void *text, int64_t size, const char *name);
/*
 * Adds a column of numbers, NaN where one is missing.
 * Returns NULL, or a sentence that says why the column was not added, which belongs to the data.
 */
const char *glmm_poisson_data_add_numbers(
    glmm_poisson_data *data, const char *name, const double *values, int64_t rows);
/*
 * Adds a column of texts: codes[i] is the index of row i's text among `levels`, -1 where it is
 * missing. Returns as above.
 */
const char *glmm_poisson_data_add_texts(
    glmm_poisson_data *data, const char *name, const int32_t *codes, int64_t rows,
    const char *const *levels, int64_t level_count);
void glmm_poisson_data_free(glmm_poisson_data *data);

/*
 * Fits a model. `options_json` is NULL or an object with any of the keys of the command's options:
 * "approximation", "family", "alpha", "fixed_prior_sd", "log_sd_prior_sd", "correlation_shape",
 * "standardize", "threads", "references" (["site=GP"]), "weights", "contrasts", "means", "pairs",
 * "variances", for CSV "separator", "decimal", "encoding" and "na", and "keep": true keeps what
 * predictions and the table of random effects need.
 */
glmm_poisson_result *glmm_poisson_fit(
    const glmm_poisson_data *data, const char *formula, const char *options_json,
    glmm_poisson_limit *limit);

/*
 * Predicts new rows from a fit that was saved: the bytes of glmm_poisson_result_saved, or of a file
 * of `glmm-poisson fit --save`. Of the options "alpha", "threads", "scale" ("count" or "rate"),
 * "groups" ("own", "new", "typical" or "average") and those of CSV count.
 */
glmm_poisson_result *glmm_poisson_predict(
    const void *saved, int64_t size, const glmm_poisson_data *rows, const char *options_json,
    glmm_poisson_limit *limit);

/* ---- What a result holds; NULL, 0 or NaN where it does not hold it ---- */

/* Why there is no result, one sentence; NULL if there is one. */
const char *glmm_poisson_result_error(const glmm_poisson_result *result);
/* What to know before trusting it: a JSON list of sentences. */
const char *glmm_poisson_result_warnings(const glmm_poisson_result *result);
/*
 * The table as glmm_poisson_call gives it, a string where there is an error; the fit as
 * `glmm-poisson fit --format json` prints it.
 */
const char *glmm_poisson_result_json(const glmm_poisson_result *result);
/*
 * The predictions as `glmm-poisson predict` prints them; of a fit with "keep" the random effects,
 * as `glmm-poisson fit --random-effects` writes them.
 */
const char *glmm_poisson_result_csv(const glmm_poisson_result *result);
/* A fit with "keep" as bytes, as `glmm-poisson fit --save` writes them. */
const void *glmm_poisson_result_saved(const glmm_poisson_result *result, int64_t *size);
/* The size of the table of glmm_poisson_table, and its cells, counted from 0. */
int64_t glmm_poisson_result_rows(const glmm_poisson_result *result);
int64_t glmm_poisson_result_columns(const glmm_poisson_result *result);
/* The text of a cell; NULL for a number, an empty cell or none. */
const char *glmm_poisson_result_text(
    const glmm_poisson_result *result, int64_t row, int64_t column);
/* The number of a cell; NaN for a text, an empty cell or none. */
double glmm_poisson_result_number(
    const glmm_poisson_result *result, int64_t row, int64_t column);

#ifdef __cplusplus
}
#endif

#endif
