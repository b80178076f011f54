// The cells: where they come from, and how the program reads them.
"use strict";

// What was entered beside the fields themselves.
const entered = {
  // The cells, where they are too long for the text field.
  file: null,
  name: null,
  encoding: null,
  // What somebody has said of how cells are written; null where the program finds it.
  header: null,
  separator: null,
  decimal: null,
  columns: [],
  roles: {},
  // What somebody has said of the model: its "formula", its "roles"; null where it is guessed.
  chosen: null,
};

// Cells beyond this length are not shown in the text field.
const mostShown = 400000;

// MARK: What the program has read

function cells() {
  return entered.file ?? field("cells").value;
}

function writing() {
  const missing = field("missing").value.split(/[\s,]+/).filter((text) => text !== "");
  return {
    text: cells(), name: entered.name, encoding: entered.encoding, header: entered.header,
    separator: entered.separator, decimal: entered.decimal, na: missing,
  };
}

function model() {
  return entered.chosen === "formula"
    ? { formula: field("formula").value }
    : { roles: entered.roles, intercept: field("intercept").checked };
}

// Has the program read the cells. A model that was chosen stays while it is one of the columns.
async function readCells() {
  clearProblem("data");
  if (cells().trim() === "") {
    field("reading").hidden = true;
    field("model").hidden = true;
    return;
  }
  const known = entered.columns.join("\n");
  let answer;
  try {
    answer = await ask("cells", { ...writing(), ...(entered.chosen ? model() : {}) });
  } catch (refusal) {
    showProblem({ field: "data", sentence: refusal.message });
    return;
  }
  if (!answer) return;
  if (answer.cells) showCells(answer.cells);
  const isOther = entered.columns.join("\n") !== known;
  if (isOther && (entered.chosen === "roles" || answer.problem?.field === "formula")) {
    // Another table: what was chosen is not about it.
    entered.chosen = null;
    return readCells();
  }
  if (answer.model) showModel(answer.model);
  if (answer.problem) showProblem(answer.problem, field("formula").value);
  if (answer.problem?.field === "data") field("model").hidden = true;
}

function showCells(found) {
  const [rows, columns] = [found.rows, found.columns.length];
  field("read-as").replaceChildren(
    `Read as ${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"} of ${columns} `
    + `${columns === 1 ? "column" : "columns"}`
    + (found.header ? "." : ", named by letters: a row of names was put before them, and messages "
      + "count it as line 1."));
  field("header").value = String(found.header);
  field("separator").value = found.separator;
  field("decimal").value = found.decimal;
  field("reading").hidden = false;
  entered.columns = found.columns.map((column) => column.name);
  field("roles").tBodies[0].replaceChildren(
    ...found.columns.map((column, index) =>
      roleRow(column, index, found.preview.map((row) => row[index]))));
  field("model").hidden = false;
}

const roleNames = {
  count: "the counts", predictor: "predictor", slope: "predictor, differs by group",
  group: "group", exposure: "exposure", unused: "not used",
};

function roleRow(column, index, values) {
  const head = element("th", column.name);
  head.scope = "row";
  head.id = `column-${index}`;
  const select = document.createElement("select");
  select.setAttribute("aria-label", `Role of ${column.name}`);
  for (const [role, name] of Object.entries(roleNames)) select.add(new Option(name, role));
  select.value = entered.roles[column.name] ?? "unused";
  select.dataset.column = column.name;
  select.addEventListener("change", () => roleChanged(select));
  const missing = column.missing > 0 ? `; ${column.missing} missing` : "";
  return element(
    "tr", head, element("td", select), element("td", values.join(", ") + " …" + missing));
}

// MARK: Where cells come from

function newCells({ text, name = null, encoding = null }) {
  Object.assign(entered, {
    file: text.length > mostShown ? text : null, name, encoding, header: null, separator: null,
    decimal: null, chosen: null,
  });
  field("cells").value = entered.file === null ? text : "";
  field("cells").placeholder = entered.file === null
    ? "" : `${name ?? "The cells"}: ${size(text.length)}, too long to be shown. Paste here to replace them.`;
  field("file-name").textContent = "No file is chosen.";
  field("missing").value = "";
  forgetExample();
  markStale();
}

function forgetExample() {
  field("source").hidden = true;
  for (const button of field("examples").children) button.setAttribute("aria-pressed", "false");
}

async function readFile(file) {
  let bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  }
  newCells({ ...decoded(bytes), name: file.name.replace(/\.gz$/i, "") });
  field("file-name").textContent = file.name;
  await readCells();
}

// The text of a file, and how its letters were written if not in UTF-8.
function decoded(bytes) {
  for (const [first, second, name] of [[0xff, 0xfe, "utf-16le"], [0xfe, 0xff, "utf-16be"]]) {
    if (bytes[0] === first && bytes[1] === second) {
      return { text: new TextDecoder(name).decode(bytes), encoding: "utf-16" };
    }
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "latin-1" };
  }
}

async function readFileOrSay(file) {
  try {
    await readFile(file);
  } catch {
    showProblem({ field: "data", sentence: `The file ${file.name} cannot be read.` });
  }
}

async function chooseExample(example, button) {
  newCells({ text: example.text, name: example.name });
  button.setAttribute("aria-pressed", "true");
  field("source").textContent = example.source;
  field("source").hidden = false;
  field("formula").value = example.formula;
  field("approximation").value = "corrected";
  field("family").value = "poisson";
  field("standardize").checked = false;
  field("level").value = String(Number((100 * (1 - example.alpha)).toPrecision(12)));
  entered.chosen = "formula";
  await readCells();
}

async function showExamples() {
  const examples = await (await fetch("/examples.json")).json();
  field("examples").replaceChildren(...examples.map((example) => {
    const button = element("button", example.title);
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => chooseExample(example, button));
    return button;
  }));
}
