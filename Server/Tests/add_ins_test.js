// The add-ins' scripts in node, with the objects of Excel and Google Sheets as their documentation
// describes them, against a server that runs: node add_ins_test.js ADDRESS
"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const vm = require("node:vm");

const address = process.argv[2];

async function text(path) {
  const response = await fetch(address + path);
  assert.strictEqual(response.status, 200, path);
  return response.text();
}

async function call(request) {
  const response = await fetch(address + "/api/call", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
  });
  const found = await response.json();
  return response.ok ? found : found.detail;
}

function cells(rows) {
  return rows.map((row) => row.map((cell) => (cell === null ? "" : cell)));
}

const y = [[2], [3], [6], [7], [8], [9]];
const x = [[1], [2], [1], [2], [1], [2]];
const groups = [[1], [1], [2], [2], [3], [3]];

async function excel() {
  const metadata = JSON.parse(await text("/excel/functions.json"));
  const functions = {};
  const context = vm.createContext({
    CustomFunctions: { associate: (id, body) => { functions[id] = body; } },
    fetch, setTimeout,
  });
  vm.runInContext(await text("/excel/functions.js"), context);

  // https://learn.microsoft.com/office/dev/add-ins/excel/custom-functions-json: ids are unique and
  // have letters, digits and periods alone; each is associated; what may be left out comes last.
  const ids = metadata.functions.map((each) => each.id);
  assert.deepStrictEqual(Object.keys(functions).sort(), ids.slice().sort());
  assert.strictEqual(new Set(ids).size, ids.length);
  for (const each of metadata.functions) {
    assert.match(each.id, /^[A-Za-z0-9.]+$/);
    assert.match(each.name, /^[A-Z][A-Z0-9_]+$/);
    assert.strictEqual(each.result.dimensionality, "matrix");
    assert.ok(each.parameters.length === functions[each.id].length, each.name);
    let mayBeLeftOut = false;
    for (const parameter of each.parameters) {
      assert.ok(["scalar", "matrix"].includes(parameter.dimensionality));
      assert.strictEqual(parameter.type, "any");
      assert.ok(parameter.name && parameter.description);
      assert.ok(!mayBeLeftOut || parameter.optional, "what may be left out comes last");
      mayBeLeftOut = parameter.optional === true;
    }
  }

  // Objects of another context have other prototypes.
  async function result(id, ...values) {
    return JSON.parse(JSON.stringify(await functions[id](...values)));
  }
  const table = functions.GLMMPOISSON && await result(
    "GLMMPOISSON", y, x, groups, null, null, null);
  assert.deepStrictEqual(table, cells(await call({ y, x, groups })));
  assert.ok(table.flat().includes(""), "an empty cell is a text without a character");
  // On some platforms what is left out is undefined.
  assert.deepStrictEqual(
    await result("GLMMPOISSON", y, x, groups, undefined, undefined, undefined), table);

  // Examples 3 and 4: alpha and fit_intercept in the place of x_random, there a range of one cell.
  assert.deepStrictEqual(
    await result("GLMMPOISSON", y, x, groups, [[0.1]], null, null),
    cells(await call({ y, x, groups, alpha: 0.1 })));
  assert.deepStrictEqual(
    await result("GLMMPOISSON", y, x, groups, [[false]], null, null),
    cells(await call({ y, x, groups, fit_intercept: false })));
  assert.deepStrictEqual(
    await result("GLMMPOISSON", y, x, groups, x, true, 0.1),
    cells(await call({ y, x, groups, x_random: x, alpha: 0.1 })));

  // An empty cell is null on the web: an error that names it. Empty rows at the end are dropped.
  assert.deepStrictEqual(
    await result("GLMMPOISSON", [[2], [null], [6], [7], [8], [9]], x, groups, null, null, null),
    [["Invalid input: y[1][0] must be numeric."]]);
  assert.deepStrictEqual(
    await result(
      "GLMMPOISSON", [...y, [null], [null]], [...x, [null], [null]], [...groups, [null], [null]],
      null, null, null), table);

  assert.deepStrictEqual(
    await result("GLMMPOISSON.GROUPS", y, x, groups, null, null, null),
    cells(await call({ y, x, groups, result: "groups" })));
  assert.deepStrictEqual(
    await result("GLMMPOISSON.WARNINGS", y, x, groups, null, null, null),
    cells(await call({ y, x, groups, result: "warnings" })));
  const newX = [[1], [2]];
  assert.deepStrictEqual(
    await result("GLMMPOISSON.PREDICT", y, x, groups, newX, null, null, null, null, null),
    cells(await call({ y, x, groups, result: "predictions", new_x: newX })));

  // A server that is busy is asked again, after the time that it says; one that is not there is
  // told of.
  let asked = 0;
  const busy = vm.createContext({
    CustomFunctions: { associate: (id, body) => { functions[id] = body; } },
    setTimeout: (body, milliseconds) => { assert.strictEqual(milliseconds, 2000); body(); },
    fetch: async (...values) => {
      asked += 1;
      return asked < 3
        ? new Response("{}", { status: 503, headers: { "Retry-After": "2" } }) : fetch(...values);
    },
  });
  vm.runInContext(await text("/excel/functions.js"), busy);
  assert.deepStrictEqual(await result("GLMMPOISSON", y, x, groups, null, null, null), table);
  assert.strictEqual(asked, 3);
  const gone = vm.createContext({
    CustomFunctions: { associate: (id, body) => { functions[id] = body; } },
    setTimeout, fetch: async () => { throw new TypeError("Failed to fetch"); },
  });
  vm.runInContext(await text("/excel/functions.js"), gone);
  assert.deepStrictEqual(
    await result("GLMMPOISSON", y, x, groups, null, null, null),
    [[`The server ${address} cannot be reached.`]]);
}

// UrlFetchApp answers at once; a program of its own does so here.
const fetchNow = `
  const [url, body] = process.argv.slice(1);
  fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body })
    .then(async (r) => console.log(JSON.stringify([r.status, await r.text()])));
`;

async function sheets() {
  const requests = [];
  const context = vm.createContext({
    UrlFetchApp: {
      fetch: (url, options) => {
        requests.push(options);
        const [status, content] = JSON.parse(execFileSync(
          process.execPath, ["-e", fetchNow, url, options.payload]));
        return { getResponseCode: () => status, getContentText: () => content };
      },
    },
  });
  const code = await text("/sheets/Code.gs");
  vm.runInContext(code, context);
  function result(...values) {
    return JSON.parse(JSON.stringify(context.GLMM_POISSON(...values)));
  }
  const table = cells(await call({ y, x, groups }));
  assert.deepStrictEqual(result(y, x, groups), table);
  assert.strictEqual(requests[0].method, "post");
  assert.strictEqual(requests[0].contentType, "application/json");
  assert.strictEqual(requests[0].muteHttpExceptions, true);
  // A range of one cell is its value; what is left out between commas is an empty text.
  assert.deepStrictEqual(result(y, x, groups, "", "", 0.1), cells(
    await call({ y, x, groups, alpha: 0.1 })));
  assert.deepStrictEqual(result(y, x, groups, 0.1), cells(
    await call({ y, x, groups, alpha: 0.1 })));
  assert.deepStrictEqual(result(y, x, groups, false), cells(
    await call({ y, x, groups, fit_intercept: false })));
  // Empty cells are empty texts.
  assert.deepStrictEqual(
    result([...y, [""]], [...x, [""]], [...groups, [""]]), table);
  assert.strictEqual(
    result([[2], [""], [6], [7], [8], [9]], x, groups),
    "Invalid input: y[1][0] must be numeric.");

  // A server that is busy is asked again, and not for ever.
  const busy = { content: JSON.stringify({ detail: "The server is busy." }), asked: 0, slept: [] };
  function answers(refusals) {
    busy.asked = 0;
    const tired = vm.createContext({
      Utilities: { sleep: (milliseconds) => busy.slept.push(milliseconds) },
      UrlFetchApp: {
        fetch: (...values) => {
          busy.asked += 1;
          return busy.asked > refusals
            ? context.UrlFetchApp.fetch(...values)
            : { getResponseCode: () => 503, getContentText: () => busy.content };
        },
      },
    });
    vm.runInContext(code, tired);
    return JSON.parse(JSON.stringify(tired.GLMM_POISSON(y, x, groups)));
  }
  assert.deepStrictEqual(answers(2), table);
  assert.deepStrictEqual(busy.slept, [2000, 2000]);
  assert.strictEqual(answers(9), "The server is busy.");
  assert.strictEqual(busy.asked, 3);
}

excel().then(sheets).then(
  () => console.log("ok"),
  (error) => { console.error(error); process.exit(1); });
