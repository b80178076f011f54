/**
 * A Poisson mixed model of counts in groups, fitted by variational Bayes: the documented table.
 *
 * The server below computes it. It has to be reached by HTTPS from Google's machines.
 *
 * @param {A2:A25} y The counts, a column of whole numbers.
 * @param {B2:B25} x The predictors, a column each, without the intercept.
 * @param {C2:C25} groups The group of each row, a number.
 * @param {B2:B25} x_random The predictors with a random slope in each group; may be left out.
 * @param {TRUE} fit_intercept Whether the model has a fixed intercept; TRUE if left out.
 * @param {0.05} alpha Intervals hold a probability of 1 - alpha; 0.05 if left out.
 * @return {any[][]} The table, or a sentence that says what is wrong.
 * @customfunction
 */
function GLMM_POISSON(y, x, groups, x_random, fit_intercept, alpha) {
  var server = "@ADDRESS@";
  // An argument that is left out between two commas is an empty text.
  function optional(value) {
    return value === undefined || value === "" ? null : value;
  }
  var request = {
    spreadsheet: true, y: optional(y), x: optional(x), groups: optional(groups),
    x_random: optional(x_random), fit_intercept: optional(fit_intercept), alpha: optional(alpha)
  };
  // A server that has too much to do is asked again: a sheet has many cells at once.
  var response, status;
  for (var attempt = 1; attempt <= 3; attempt++) {
    response = UrlFetchApp.fetch(server + "/api/call", {
      method: "post", contentType: "application/json", payload: JSON.stringify(request),
      muteHttpExceptions: true
    });
    status = response.getResponseCode();
    if (status !== 503 || attempt === 3) { break; }
    Utilities.sleep(2000);
  }
  var found;
  try {
    found = JSON.parse(response.getContentText());
  } catch (error) {
    return "The server " + server + " has answered with status " + status + ".";
  }
  if (status !== 200) { return found.detail; }
  return found.map(function (row) {
    return row.map(function (cell) { return cell === null ? "" : cell; });
  });
}
