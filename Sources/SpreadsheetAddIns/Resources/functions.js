// GLMM_POISSON and its companions as custom functions of Excel: they post their arguments to the
// server that this file comes from and hand back its answer. What arguments mean, and what is wrong
// with them, is decided there alone.
(function () {
  "use strict";

  const server = "@ADDRESS@";
  // A server that has too much to do says how long to wait: a sheet has many cells at once.
  const tries = 5;

  function pause(seconds) {
    return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }

  // A left-out argument is null, on some platforms undefined, which JSON would lose in a list.
  function argument(value) {
    return value === undefined ? null : value;
  }

  async function post(request) {
    const body = JSON.stringify(request);
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(server + "/api/call", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: body,
      });
      if (response.status !== 503 || attempt === tries) { return response; }
      await pause(Number(response.headers.get("Retry-After")) || 2);
    }
  }

  // Rows of cells. A sentence that says what is wrong is a cell, too. An empty cell is "", because
  // Excel shows null as 0.
  async function answer(result, request) {
    let response;
    try {
      response = await post(Object.assign({ spreadsheet: true, result: result }, request));
    } catch (error) {
      return [["The server " + server + " cannot be reached."]];
    }
    let found;
    try {
      found = await response.json();
    } catch (error) {
      return [["The server " + server + " has answered with status " + response.status + "."]];
    }
    if (!response.ok) { return [[found.detail]]; }
    return found.map((row) => row.map((cell) => (cell === null ? "" : cell)));
  }

  function data(y, x, groups, xRandom, fitIntercept, alpha) {
    return {
      y: argument(y), x: argument(x), groups: argument(groups), x_random: argument(xRandom),
      fit_intercept: argument(fitIntercept), alpha: argument(alpha),
    };
  }

  function fitted(result) {
    return (y, x, groups, xRandom, fitIntercept, alpha) =>
      answer(result, data(y, x, groups, xRandom, fitIntercept, alpha));
  }

  function predicted(
    y, x, groups, newX, newGroups, xRandom, newXRandom, fitIntercept, alpha
  ) {
    return answer("predictions", Object.assign(
      data(y, x, groups, xRandom, fitIntercept, alpha),
      {
        new_x: argument(newX), new_groups: argument(newGroups),
        new_x_random: argument(newXRandom),
      }));
  }

  CustomFunctions.associate("GLMMPOISSON", fitted("table"));
  CustomFunctions.associate("GLMMPOISSON.WARNINGS", fitted("warnings"));
  CustomFunctions.associate("GLMMPOISSON.GROUPS", fitted("groups"));
  CustomFunctions.associate("GLMMPOISSON.PREDICT", predicted);
})();
