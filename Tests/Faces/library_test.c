/*
 * Tests of libglmmpoisson as a program in C meets it; also compiled as C++.
 *
 *   library_test                    everything that is quick
 *   library_test brief              what is quick under valgrind, too
 *   library_test mutate N FILE      N mutated requests of a file with a request a line
 *   library_test memory             memory stays level over 10,000 calls
 *   library_test million            a table and a fit of a million rows
 */
/* For clock_gettime and nanosleep. */
#define _POSIX_C_SOURCE 199309L

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "glmmpoisson.h"

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);          \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

enum { ROWS = 24, GROUPS = 6, THREADS = 8 };

static const char *const REQUEST =
    "{\"y\": [[2],[3],[5],[1],[2],[4]], \"x\": [[1],[2],[3],[1],[2],[3]], "
    "\"groups\": [[1],[1],[1],[2],[2],[2]]}";

/* A sequence that is random enough for mutations, and the same everywhere (Knuth's MMIX). */
static uint64_t state = 1;
static unsigned random_below(unsigned limit) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(state >> 33) % limit;
}

static int says(const char *text, const char *part) {
  return text != NULL && strstr(text, part) != NULL;
}

/* The text without its line on the seconds that the fit took. */
static char *without_seconds(const char *json) {
  const char *start = strstr(json, "\"seconds\"");
  const char *end;
  char *copy = (char *)malloc(strlen(json) + 1);
  CHECK(copy != NULL && start != NULL);
  end = strchr(start, '\n');
  CHECK(end != NULL);
  memcpy(copy, json, (size_t)(start - json));
  strcpy(copy + (start - json), end);
  return copy;
}

static glmm_poisson_data *some_data(int rows, int groups) {
  static const char *const labels[] = {"a", "b", "c", "d", "e", "\xc3\xa9", "g", "h"};
  glmm_poisson_data *data = glmm_poisson_data_new();
  double *y = (double *)malloc(sizeof(double) * (size_t)rows);
  double *x = (double *)malloc(sizeof(double) * (size_t)rows);
  int32_t *codes = (int32_t *)malloc(sizeof(int32_t) * (size_t)rows);
  int row;
  CHECK(data != NULL && y != NULL && x != NULL && codes != NULL);
  for (row = 0; row < rows; row++) {
    y[row] = (row * 7) % 5 + row % groups;
    x[row] = (row * 13) % 11 / 10.0;
    codes[row] = row % groups;
  }
  CHECK(glmm_poisson_data_add_numbers(data, "y", y, rows) == NULL);
  CHECK(glmm_poisson_data_add_numbers(data, "x", x, rows) == NULL);
  CHECK(glmm_poisson_data_add_texts(data, "g", codes, rows, labels, groups) == NULL);
  free(y);
  free(x);
  free(codes);
  return data;
}

static void check_error(glmm_poisson_result *result, const char *part) {
  if (!says(glmm_poisson_result_error(result), part)) {
    const char *found = glmm_poisson_result_error(result);
    fprintf(stderr, "expected '%s', found '%s'\n", part, found ? found : "no error");
    exit(1);
  }
  CHECK(glmm_poisson_result_json(result)[0] == '"');
  CHECK(glmm_poisson_result_csv(result) == NULL);
  CHECK(glmm_poisson_result_rows(result) == 0);
  glmm_poisson_result_free(result);
}

static void test_call(void) {
  char *answer = glmm_poisson_call(REQUEST);
  CHECK(says(answer, "\"Intercept\",-0.2113473"));
  glmm_poisson_free(answer);
  answer = glmm_poisson_call(NULL);
  CHECK(says(answer, "\"Invalid request: it is a null pointer.\""));
  glmm_poisson_free(answer);
  answer = glmm_poisson_call("{\"\xff\xfe\": 1}");
  CHECK(says(answer, "\"Invalid request: line 1, column 2: "));
  glmm_poisson_free(answer);
  answer = glmm_poisson_call("");
  CHECK(says(answer, "but the text ends here"));
  glmm_poisson_free(answer);
  glmm_poisson_free(NULL);
  CHECK(glmm_poisson_version() != NULL && glmm_poisson_version()[0] >= '0');
}

/* The answer to REQUEST with further members. */
static void check_request(const char *members, const char *part) {
  char text[1000];
  snprintf(text, sizeof text, "%.*s, %s}", (int)strlen(REQUEST) - 1, REQUEST, members);
  char *answer = glmm_poisson_call(text);
  if (!says(answer, part)) {
    fprintf(stderr, "%s: expected '%s', found '%s'\n", text, part, answer);
    exit(1);
  }
  glmm_poisson_free(answer);
}

/* What a request may ask for beside the table, and a spreadsheet's. */
static void test_call_results(void) {
  check_request("\"result\": \"warnings\"", "[[\"There are only 2 groups");
  check_request("\"result\": \"groups\"",
                "[[\"group\",\"effect\",\"std_error\",\"ci_lower\",\"ci_upper\",");
  check_request("\"result\": \"predictions\", \"new_x\": [[2]], \"new_groups\": [[9]]",
                "\"count_upper\"],\n [9,1,");
  check_request("\"result\": \"odds\"", "\"Invalid input: result must be one of ");
  check_request("\"fit_intercept\": 1", "\"Invalid input: fit_intercept must be a boolean.\"");
  check_request("\"fit_intercept\": 1, \"spreadsheet\": true", "\"Intercept\",-0.2113473");
  check_request("\"x_random\": 0.1", "\"Invalid input: y and x_random must have the same ");
  check_request("\"x_random\": 0.1, \"spreadsheet\": true", "\"Intercept\",-0.2113473");
}

static void test_table(void) {
  const double y[] = {2, 3, 5, 1, 2, 4}, x[] = {1, 2, 3, 1, 2, 3}, groups[] = {1, 1, 1, 2, 2, 2};
  const double unfit[] = {2, 3, 5, 1, 2, NAN};
  char *answer = glmm_poisson_call(REQUEST);
  glmm_poisson_result *table =
      glmm_poisson_table(y, 6, x, 1, groups, NULL, 0, 1, 0.05, NULL, NULL);
  CHECK(glmm_poisson_result_error(table) == NULL);
  CHECK(strcmp(answer, glmm_poisson_result_json(table)) == 0);
  CHECK(glmm_poisson_result_rows(table) == 8 && glmm_poisson_result_columns(table) == 9);
  CHECK(strcmp(glmm_poisson_result_text(table, 1, 1), "Intercept") == 0);
  CHECK(isnan(glmm_poisson_result_number(table, 1, 1)));
  CHECK(fabs(glmm_poisson_result_number(table, 1, 2) + 0.2113473) < 1e-6);
  CHECK(glmm_poisson_result_text(table, 1, 2) == NULL);
  CHECK(glmm_poisson_result_text(table, -1, 0) == NULL);
  CHECK(glmm_poisson_result_text(table, 0, 9) == NULL);
  CHECK(glmm_poisson_result_text(table, INT64_MAX, INT64_MIN) == NULL);
  CHECK(isnan(glmm_poisson_result_number(table, INT64_MIN, INT64_MAX)));
  CHECK(says(glmm_poisson_result_warnings(table), "only 2 groups"));
  glmm_poisson_result_free(table);
  glmm_poisson_free(answer);

  check_error(glmm_poisson_table(NULL, 6, x, 1, groups, NULL, 0, 1, 0.05, NULL, NULL),
              "y is a null pointer");
  check_error(glmm_poisson_table(y, 6, NULL, 1, groups, NULL, 0, 1, 0.05, NULL, NULL),
              "x is a null pointer");
  check_error(glmm_poisson_table(y, -6, x, 1, groups, NULL, 0, 1, 0.05, NULL, NULL),
              "-6 rows");
  check_error(glmm_poisson_table(y, INT64_MAX, x, 2, groups, NULL, 0, 1, 0.05, NULL, NULL),
              "cannot have a size");
  check_error(glmm_poisson_table(y, 6, x, INT64_MAX / 2, groups, NULL, 0, 1, 0.05, NULL, NULL),
              "cannot have 6 rows");
  check_error(glmm_poisson_table(y, 0, x, 1, groups, NULL, 0, 1, 0.05, NULL, NULL),
              "Invalid input: y cannot be empty.");
  check_error(glmm_poisson_table(y, 6, x, 0, groups, NULL, 0, 1, 0.05, NULL, NULL),
              "Invalid input: x row 0 cannot be empty.");
  check_error(glmm_poisson_table(unfit, 6, x, 1, groups, NULL, 0, 1, 0.05, NULL, NULL),
              "Invalid input: y[5][0] must be finite.");
  check_error(glmm_poisson_table(y, 6, x, 1, groups, NULL, 0, 7, 0.05, NULL, NULL),
              "Invalid input: fit_intercept must be a boolean.");
  check_error(glmm_poisson_table(y, 6, x, 1, groups, NULL, 0, 1, NAN, NULL, NULL),
              "Invalid input: alpha must be finite.");
  check_error(glmm_poisson_table(y, 6, x, 1, groups, x, -1, 1, 0.05, NULL, NULL),
              "x_random cannot have");
  check_error(glmm_poisson_table(y, 6, x, 1, groups, NULL, 0, 1, 0.05, "\xff", NULL),
              "approximation is not UTF-8");
  check_error(glmm_poisson_table(y, 6, x, 1, groups, NULL, 0, 1, 0.05, "laplace", NULL),
              "approximation must be one of");
}

static void test_null_results(void) {
  int64_t size = 7;
  CHECK(glmm_poisson_result_error(NULL) == NULL && glmm_poisson_result_json(NULL) == NULL);
  CHECK(glmm_poisson_result_csv(NULL) == NULL && glmm_poisson_result_warnings(NULL) == NULL);
  CHECK(glmm_poisson_result_saved(NULL, &size) == NULL && size == 0);
  CHECK(glmm_poisson_result_saved(NULL, NULL) == NULL);
  CHECK(glmm_poisson_result_rows(NULL) == 0 && glmm_poisson_result_columns(NULL) == 0);
  CHECK(glmm_poisson_result_text(NULL, 0, 0) == NULL);
  CHECK(isnan(glmm_poisson_result_number(NULL, 0, 0)));
  glmm_poisson_result_free(NULL);
  glmm_poisson_data_free(NULL);
  glmm_poisson_limit_free(NULL);
  glmm_poisson_limit_cancel(NULL);
}

static void test_data(void) {
  glmm_poisson_data *data = glmm_poisson_data_new();
  const double values[] = {1, 2};
  const int32_t codes[] = {0, 5};
  const char *const labels[] = {"a", NULL}, *const unreadable[] = {"\xff"};
  const char *const repeated[] = {"a", "a"};
  const int32_t both[] = {0, 1};
  CHECK(says(glmm_poisson_data_add_numbers(NULL, "x", values, 2), "null pointer"));
  CHECK(says(glmm_poisson_data_add_numbers(data, NULL, values, 2), "name of a column"));
  CHECK(says(glmm_poisson_data_add_numbers(data, "\xff", values, 2), "not UTF-8"));
  CHECK(says(glmm_poisson_data_add_numbers(data, "x", NULL, 2), "null pointer"));
  CHECK(says(glmm_poisson_data_add_numbers(data, "x", values, -1), "size of -1"));
  CHECK(says(glmm_poisson_data_add_numbers(data, "x", values, INT64_MAX), "cannot have a size"));
  CHECK(glmm_poisson_data_add_numbers(data, "x", values, 2) == NULL);
  CHECK(says(glmm_poisson_data_add_numbers(data, "x", values, 2), "there twice"));
  CHECK(says(glmm_poisson_data_add_numbers(data, "z", values, 1), "has 1 rows"));
  CHECK(says(glmm_poisson_data_add_texts(data, "g", codes, 2, labels, 1), "label number 5"));
  CHECK(says(glmm_poisson_data_add_texts(data, "g", codes, 2, labels, 2), "null pointer"));
  CHECK(says(glmm_poisson_data_add_texts(data, "g", codes, 2, unreadable, 1), "not UTF-8"));
  CHECK(says(glmm_poisson_data_add_texts(data, "g", codes, 2, NULL, 1), "null pointer"));
  CHECK(says(glmm_poisson_data_add_texts(data, "g", codes, 2, labels, -1), "size of -1"));
  /* Two texts that are the same are one level or an error, never two levels. */
  glmm_poisson_data_add_texts(data, "g", both, 2, repeated, 2);
  glmm_poisson_data_free(data);
  data = glmm_poisson_data_new_csv("y,x\n1,2\n", 8, "d.csv");
  CHECK(says(glmm_poisson_data_add_numbers(data, "x", values, 2), "no column can be added"));
  glmm_poisson_data_free(data);
  CHECK(glmm_poisson_data_new_csv(NULL, 8, "d.csv") == NULL);
  CHECK(glmm_poisson_data_new_csv("", -1, "d.csv") == NULL);
}

static void test_fit(void) {
  static const char formula[] = "y ~ x + (1 | g)";
  glmm_poisson_data *data = some_data(ROWS, GROUPS), *empty = glmm_poisson_data_new();
  glmm_poisson_data *csv = glmm_poisson_data_new_csv("x,g\n0.5,a\n0.5,new\n", 18, NULL);
  glmm_poisson_data *bad_csv = glmm_poisson_data_new_csv("x,g\n\xff,a\n1\n", 10, "bad.csv");
  glmm_poisson_result *fit, *predictions;
  const char *saved;
  char *damaged;
  int64_t size = 0, cut;

  fit = glmm_poisson_fit(data, formula, "{\"keep\": true, \"alpha\": 0.1}", NULL);
  CHECK(glmm_poisson_result_error(fit) == NULL);
  CHECK(says(glmm_poisson_result_json(fit), "\"converged\" : true"));
  CHECK(says(glmm_poisson_result_csv(fit), "factor,group,parameter"));
  CHECK(says(glmm_poisson_result_csv(fit), "\xc3\xa9"));
  saved = (const char *)glmm_poisson_result_saved(fit, &size);
  CHECK(saved != NULL && size > 100);
  predictions = glmm_poisson_predict(saved, size, csv, NULL, NULL);
  CHECK(glmm_poisson_result_error(predictions) == NULL);
  CHECK(says(glmm_poisson_result_csv(predictions), "row,group,new_group,mean"));
  CHECK(says(glmm_poisson_result_csv(predictions), "2,new,1,"));
  CHECK(glmm_poisson_result_saved(predictions, &cut) == NULL && cut == 0);
  glmm_poisson_result_free(predictions);

  check_error(glmm_poisson_predict(NULL, 5, csv, NULL, NULL), "null pointer");
  check_error(glmm_poisson_predict(saved, -5, csv, NULL, NULL), "size of -5");
  check_error(glmm_poisson_predict(saved, 0, csv, NULL, NULL), "it is no fit");
  check_error(glmm_poisson_predict(saved, size, NULL, NULL, NULL), "null pointer");
  check_error(glmm_poisson_predict(saved, size, empty, NULL, NULL), "no column");
  check_error(glmm_poisson_predict(saved, size, csv, "{\"scale\": 3}", NULL), "scale must be");
  damaged = (char *)malloc((size_t)size);
  CHECK(damaged != NULL);
  for (cut = 0; cut < size; cut += 41) {
    memcpy(damaged, saved, (size_t)size);
    damaged[cut] = (char)(damaged[cut] ^ 1);
    check_error(glmm_poisson_predict(damaged, size, csv, NULL, NULL), "The saved fit cannot");
    check_error(glmm_poisson_predict(saved, cut, csv, NULL, NULL), "The saved fit cannot");
  }
  free(damaged);
  glmm_poisson_result_free(fit);

  fit = glmm_poisson_fit(data, formula, NULL, NULL);
  CHECK(glmm_poisson_result_csv(fit) == NULL && glmm_poisson_result_saved(fit, &size) == NULL);
  glmm_poisson_result_free(fit);
  check_error(glmm_poisson_fit(NULL, formula, NULL, NULL), "null pointer");
  check_error(glmm_poisson_fit(data, NULL, NULL, NULL), "The formula is a null pointer.");
  check_error(glmm_poisson_fit(data, "\xff", NULL, NULL), "The formula is not UTF-8.");
  check_error(glmm_poisson_fit(data, "y ~", NULL, NULL), "");
  check_error(glmm_poisson_fit(data, "y ~ nobody", NULL, NULL), "nobody");
  check_error(glmm_poisson_fit(empty, formula, NULL, NULL), "");
  check_error(glmm_poisson_fit(bad_csv, "g ~ x", NULL, NULL), "bad.csv:2");
  check_error(glmm_poisson_fit(data, formula, "[]", NULL), "Invalid request: line 1");
  check_error(glmm_poisson_fit(data, formula, "{\"alpha\": 2}", NULL),
              "alpha must lie between 0 and 1, not 2.0.");
  check_error(glmm_poisson_fit(data, formula, "{\"alhpa\": 2}", NULL), "unknown key \"alhpa\"");
  check_error(glmm_poisson_fit(data, formula, "{\"threads\": 0}", NULL), "threads must be 1");
  check_error(glmm_poisson_fit(data, formula, "{\"threads\": 1e300}", NULL), "whole number");
  check_error(glmm_poisson_fit(data, formula, "{\"contrasts\": [\"nobody\"]}", NULL), "nobody");
  glmm_poisson_data_free(data);
  glmm_poisson_data_free(empty);
  glmm_poisson_data_free(csv);
  glmm_poisson_data_free(bad_csv);
}

struct work {
  const glmm_poisson_data *data;
  const char *expected_fit;
  const char *expected_answer;
};

static void *repeat(void *argument) {
  const struct work *work = (const struct work *)argument;
  int round;
  for (round = 0; round < 10; round++) {
    glmm_poisson_result *fit =
        glmm_poisson_fit(work->data, "y ~ x + (1 + x | g)", "{\"threads\": 2}", NULL);
    char *json = without_seconds(glmm_poisson_result_json(fit));
    char *answer = glmm_poisson_call(REQUEST);
    CHECK(strcmp(json, work->expected_fit) == 0);
    CHECK(strcmp(answer, work->expected_answer) == 0);
    free(json);
    glmm_poisson_free(answer);
    glmm_poisson_result_free(fit);
  }
  return NULL;
}

static void test_threads(void) {
  glmm_poisson_data *data = some_data(ROWS, GROUPS);
  glmm_poisson_result *fit = glmm_poisson_fit(data, "y ~ x + (1 + x | g)", NULL, NULL);
  char *answer = glmm_poisson_call(REQUEST);
  char *json = without_seconds(glmm_poisson_result_json(fit));
  struct work work;
  pthread_t threads[THREADS];
  int index;
  work.data = data;
  work.expected_fit = json;
  work.expected_answer = answer;
  for (index = 0; index < THREADS; index++)
    CHECK(pthread_create(&threads[index], NULL, repeat, &work) == 0);
  for (index = 0; index < THREADS; index++) CHECK(pthread_join(threads[index], NULL) == 0);
  free(json);
  glmm_poisson_free(answer);
  glmm_poisson_result_free(fit);
  glmm_poisson_data_free(data);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *cancel_soon(void *limit) {
  const struct timespec pause = {0, 20000000};
  nanosleep(&pause, NULL);
  glmm_poisson_limit_cancel((glmm_poisson_limit *)limit);
  return NULL;
}

static void test_limits(void) {
  static const char *const formulas[] = {"y ~ x", "y ~ x + (1 | g)", "y ~ x + (1 + x | g)"};
  glmm_poisson_data *data = some_data(ROWS, GROUPS), *large = some_data(400000, 8);
  glmm_poisson_limit *limit = glmm_poisson_limit_new(0);
  glmm_poisson_result *fit = glmm_poisson_fit(data, formulas[1], NULL, limit);
  pthread_t thread;
  double start, microseconds;
  int formula;
  const char *saved;
  int64_t size = 0;
  CHECK(glmm_poisson_result_error(fit) == NULL);
  glmm_poisson_result_free(fit);
  glmm_poisson_limit_cancel(limit);
  check_error(glmm_poisson_fit(data, formulas[1], NULL, limit), "The fit was cancelled.");
  glmm_poisson_limit_free(limit);
  limit = glmm_poisson_limit_new(NAN);
  fit = glmm_poisson_fit(data, formulas[1], NULL, limit);
  CHECK(glmm_poisson_result_error(fit) == NULL);
  glmm_poisson_result_free(fit);
  glmm_poisson_limit_free(limit);

  /* A limit that ends a fit anywhere leaves nothing half done: an answer, or the limit's error. */
  for (formula = 0; formula < 3; formula++) {
    for (microseconds = 1; microseconds < 1e5; microseconds *= 1.3) {
      limit = glmm_poisson_limit_new(1e-6 * microseconds);
      fit = glmm_poisson_fit(data, formulas[formula], "{\"keep\": true, \"threads\": 2}", limit);
      CHECK(glmm_poisson_result_error(fit) == NULL ||
            says(glmm_poisson_result_error(fit), "The fit did not end within its time limit"));
      glmm_poisson_result_free(fit);
      glmm_poisson_limit_free(limit);
    }
  }

  /* The whole fit takes longer by a factor of ten and more; a loaded machine may need a second. */
  limit = glmm_poisson_limit_new(0);
  CHECK(pthread_create(&thread, NULL, cancel_soon, limit) == 0);
  start = seconds();
  check_error(glmm_poisson_fit(large, formulas[2], NULL, limit), "The fit was cancelled.");
  CHECK(seconds() - start < 2);
  CHECK(pthread_join(thread, NULL) == 0);
  glmm_poisson_limit_free(limit);

  /* Predictions of so many rows take seconds, and end between two of them. */
  fit = glmm_poisson_fit(data, formulas[1], "{\"keep\": true}", NULL);
  saved = (const char *)glmm_poisson_result_saved(fit, &size);
  limit = glmm_poisson_limit_new(0.1);
  start = seconds();
  check_error(glmm_poisson_predict(saved, size, large, NULL, limit), "time limit");
  CHECK(seconds() - start < 3);
  glmm_poisson_limit_free(limit);
  glmm_poisson_result_free(fit);
  glmm_poisson_data_free(data);
  glmm_poisson_data_free(large);
}

/* One byte changed, removed, doubled, or a piece of another request in its place. */
static void mutate(char *text, size_t room, const char *other) {
  unsigned edits = 1 + random_below(4);
  while (edits-- > 0) {
    size_t length = strlen(text);
    size_t place = length ? random_below((unsigned)length) : 0;
    switch (random_below(5)) {
      case 0:
        if (length) text[place] = (char)(1 + random_below(255));
        break;
      case 1:
        if (length) memmove(text + place, text + place + 1, length - place);
        break;
      case 2:
        if (length + 1 < room) memmove(text + place + 1, text + place, length - place + 1);
        break;
      case 3:
        if (length) text[place] = "0123456789[]{},:-eE\".tfnNI"[random_below(26)];
        break;
      default: {
        size_t count = random_below(20), start = random_below((unsigned)strlen(other) + 1);
        if (start + count > strlen(other)) count = strlen(other) - start;
        if (place + count < length) memcpy(text + place, other + start, count);
      }
    }
  }
}

static int mutated_requests(long count, const char *path) {
  enum { MOST = 512, ROOM = 1 << 14 };
  static char *requests[MOST];
  static char line[ROOM], text[ROOM];
  FILE *file = fopen(path, "r");
  long index, tables = 0;
  unsigned known = 0;
  CHECK(file != NULL);
  while (known < MOST && fgets(line, ROOM, file) != NULL) {
    line[strcspn(line, "\n")] = 0;
    requests[known] = (char *)malloc(strlen(line) + 1);
    CHECK(requests[known] != NULL);
    strcpy(requests[known++], line);
  }
  fclose(file);
  CHECK(known > 0);
  for (index = 0; index < count; index++) {
    char *answer;
    strcpy(text, requests[random_below(known)]);
    mutate(text, ROOM, requests[random_below(known)]);
    answer = glmm_poisson_call(text);
    CHECK(answer != NULL && (answer[0] == '[' || answer[0] == '"'));
    CHECK(answer[strlen(answer) - 1] == '\n');
    tables += answer[0] == '[';
    glmm_poisson_free(answer);
  }
  /* Both kinds of answers occur among many, or the mutations are too weak or too strong. */
  CHECK(count < 1000 || (tables > count / 100 && tables < count));
  printf("%ld mutated requests, %ld of them answered with a table\n", count, tables);
  while (known > 0) free(requests[--known]);
  return 0;
}

static long resident_kilobytes(void) {
  char line[256];
  long value = -1;
  FILE *file = fopen("/proc/self/status", "r");
  CHECK(file != NULL);
  while (fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, "VmRSS:", 6) == 0) value = atol(line + 6);
  fclose(file);
  CHECK(value > 0);
  return value;
}

static int memory(void) {
  glmm_poisson_data *data = some_data(ROWS, GROUPS);
  long before = 0, after;
  int index;
  for (index = 0; index < 11000; index++) {
    glmm_poisson_result *fit;
    if (index == 1000) before = resident_kilobytes();
    glmm_poisson_free(glmm_poisson_call(index % 2 ? REQUEST : "{\"y\": [["));
    if (index % 10) continue;
    fit = glmm_poisson_fit(data, index % 20 ? "y ~ x + (1 | g)" : "y ~", "{\"keep\": true}", NULL);
    glmm_poisson_result_free(fit);
  }
  after = resident_kilobytes();
  printf("resident: %ld kB after 1,000 calls, %ld kB after 11,000\n", before, after);
  /* The allocator's pages come and go by some; a leak of 100 bytes a call would be 1,000 kB. */
  CHECK(after - before < 1000);
  glmm_poisson_data_free(data);
  return 0;
}

static int million(void) {
  enum { MANY = 1000000 };
  double *y = (double *)malloc(sizeof(double) * MANY), *x = (double *)malloc(sizeof(double) * MANY);
  double *groups = (double *)malloc(sizeof(double) * MANY);
  glmm_poisson_data *data = some_data(MANY, 8);
  glmm_poisson_result *result;
  double start;
  int row;
  CHECK(y != NULL && x != NULL && groups != NULL);
  for (row = 0; row < MANY; row++) {
    y[row] = (row * 7) % 5 + row % 3;
    x[row] = (row * 13) % 11 / 10.0;
    groups[row] = row % 1000;
  }
  start = seconds();
  result = glmm_poisson_table(y, MANY, x, 1, groups, NULL, 0, 1, 0.05, "structured", NULL);
  CHECK(glmm_poisson_result_error(result) == NULL && glmm_poisson_result_rows(result) == 8);
  printf("a table of a million rows: %.2f s\n", seconds() - start);
  glmm_poisson_result_free(result);
  start = seconds();
  result = glmm_poisson_fit(data, "y ~ x + (1 | g)", "{\"approximation\": \"structured\"}", NULL);
  CHECK(glmm_poisson_result_error(result) == NULL);
  printf("a fit of a million rows: %.2f s\n", seconds() - start);
  glmm_poisson_result_free(result);
  glmm_poisson_data_free(data);
  free(y);
  free(x);
  free(groups);
  return 0;
}

int main(int count, char **arguments) {
  if (count == 4 && strcmp(arguments[1], "mutate") == 0)
    return mutated_requests(atol(arguments[2]), arguments[3]);
  if (count == 2 && strcmp(arguments[1], "memory") == 0) return memory();
  if (count == 2 && strcmp(arguments[1], "million") == 0) return million();
  test_call();
  test_call_results();
  test_table();
  test_null_results();
  test_data();
  test_fit();
  if (count == 2 && strcmp(arguments[1], "brief") == 0) return 0;
  test_threads();
  test_limits();
  puts("libglmmpoisson: all tests passed");
  return 0;
}
