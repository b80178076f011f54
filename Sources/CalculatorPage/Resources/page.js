// The page of the calculator. All reading of cells, all statistics and all pictures are the
// program's: this script sends what was entered to /page/answer and shows what comes back.
"use strict";

const field = (id) => document.getElementById(id);

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
const typingPause = 400;

// MARK: The program

// A question to the program. Of several questions of a kind only the last counts.
const asked = new Map();

class Refusal extends Error {}

async function ask(kind, request) {
  asked.get(kind)?.abort();
  const controller = new AbortController();
  asked.set(kind, controller);
  const body = JSON.stringify(request);
  let response;
  try {
    response = await fetch("/page/answer", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      signal: controller.signal,
    });
    if (response.ok) return await response.json();
  } catch (error) {
    if (error.name === "AbortError") return null;
    throw new Refusal(
      "The server does not answer. Either it has ended or the connection is broken, or it takes no "
      + `request of this size (${size(body.length)}). What you have entered is still here.`);
  } finally {
    if (asked.get(kind) === controller) asked.delete(kind);
  }
  throw new Refusal(await reason(response));
}

// Why the server has refused, in its own words.
async function reason(response) {
  let sentence = "";
  try {
    const problem = await response.json();
    sentence = problem.detail || problem.title || "";
  } catch {
    // It has not said.
  }
  if (!sentence) sentence = `The server has refused the request (status ${response.status}).`;
  const wait = response.headers.get("Retry-After");
  if (response.status === 503 && wait) {
    sentence += ` Please try again in ${wait} ${wait === "1" ? "second" : "seconds"}.`;
  }
  return sentence;
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

// MARK: What is wrong, beside the field where it is

const fieldOfProblem = { data: "cells", formula: "formula", options: "level", fit: null };
const errorOfProblem = {
  data: "cells-error", formula: "formula-error", options: "options-error", fit: "fit-error",
};

function clearProblem(name) {
  field(errorOfProblem[name]).hidden = true;
  field(errorOfProblem[name]).replaceChildren();
  if (fieldOfProblem[name]) field(fieldOfProblem[name]).removeAttribute("aria-invalid");
}

function showProblem(problem, formula) {
  const place = field(errorOfProblem[problem.field]);
  place.replaceChildren(problem.sentence);
  if (problem.field === "formula" && problem.position !== undefined) {
    place.append(marked(formula, problem.position));
  }
  place.hidden = false;
  if (problem.field === "formula") field("formula-note").hidden = true;
  const input = fieldOfProblem[problem.field];
  if (input) field(input).setAttribute("aria-invalid", "true");
}

// The formula with the word at a place marked.
function marked(formula, position) {
  const characters = [...formula];
  let end = position;
  while (end < characters.length && /[\p{L}\p{N}._]/u.test(characters[end])) end += 1;
  end = Math.max(end, position + 1);
  const mark = element("mark", characters.slice(position, end).join("") || "\u2423");
  return element(
    "code", characters.slice(0, position).join(""), mark, characters.slice(end).join(""));
}

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

// MARK: Cells

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

// MARK: Roles and formula

// There is one column of counts: another one takes its place.
function roleChanged(changed) {
  for (const select of field("roles").querySelectorAll("select")) {
    if (select !== changed && changed.value === "count" && select.value === "count") {
      select.value = "unused";
    }
    entered.roles[select.dataset.column] = select.value;
  }
  entered.chosen = "roles";
  writeFormula();
}

// Has the program write the formula of the roles, or read the one that was written.
async function writeFormula() {
  clearProblem("formula");
  let answer;
  try {
    answer = await ask("model", { columns: entered.columns, ...model() });
  } catch (refusal) {
    showProblem({ field: "formula", sentence: refusal.message });
    return;
  }
  if (!answer) return;
  if (answer.model) showModel(answer.model);
  if (answer.problem) showProblem(answer.problem, field("formula").value);
}

function showModel(found) {
  if (entered.chosen !== "formula") field("formula").value = found.formula;
  clearProblem("formula");
  entered.roles = { ...found.roles };
  for (const select of field("roles").querySelectorAll("select")) {
    select.value = found.roles[select.dataset.column] ?? "unused";
  }
  field("intercept").checked = found.intercept;
  field("formula-note").hidden = found.isToldByRoles;
}

// MARK: Fitting

async function fit(event) {
  event.preventDefault();
  if (asked.has("fit")) return;
  for (const name of Object.keys(errorOfProblem)) clearProblem(name);
  const level = Number(field("level").value.replace(",", "."));
  if (!(level > 0 && level < 100)) {
    return refuse({ field: "options", sentence: "Intervals hold between 0 and 100 %, 95 for example." });
  }
  const request = {
    ...writing(), ...model(), fit: true, alpha: Number((1 - level / 100).toPrecision(12)),
    approximation: field("approximation").value, standardize: field("standardize").checked,
    width: Math.round(Math.min(720, field("form").clientWidth)),
  };
  setBusy(true);
  try {
    const answer = await ask("fit", request);
    if (!answer) {
      field("status").textContent = "Cancelled.";
    } else if (answer.fit) {
      showAnswer(answer.fit);
    } else {
      refuse(answer.problem ?? { field: "fit", sentence: "The server has given no answer." });
    }
  } catch (refusal) {
    refuse({ field: "fit", sentence: refusal.message });
  } finally {
    setBusy(false);
  }
}

// What is wrong is shown beside its field, and the field is where the keyboard then is.
function refuse(problem) {
  showProblem(problem, field("formula").value);
  field("status").textContent = "There is no answer yet.";
  const input = fieldOfProblem[problem.field] ?? "fit";
  field(input).focus();
  if (problem.field === "formula" && problem.position !== undefined) {
    const start = [...field("formula").value].slice(0, problem.position).join("").length;
    field("formula").setSelectionRange(start, start);
  }
}

function setBusy(isBusy) {
  field("fit").setAttribute("aria-disabled", String(isBusy));
  field("cancel").hidden = !isBusy;
  if (isBusy) {
    field("status").textContent = "Fitting the model …";
  } else if (field("status").textContent.startsWith("Fitting")) {
    field("status").textContent = "";
  }
}

// MARK: The answer

let addresses = [];

function showAnswer(answer) {
  for (const address of addresses) URL.revokeObjectURL(address);
  addresses = [];
  const title = element("h2", answer.title);
  title.id = "answer-title";
  const stale = element("p", "What is entered above has changed since: this is the former answer.");
  stale.className = "stale";
  stale.hidden = true;
  const sentences = element("div", ...answer.sentences.flatMap(sentence));
  sentences.className = "sentences";
  field("answer").replaceChildren(
    title, stale, sentences, ...warnings(answer.warnings), ...answer.sections.map(section),
    takeaways(answer));
  field("answer").hidden = false;
  field("status").textContent = "The answer is below.";
  field("answer").focus();
}

// An answer stays to be compared with the next, and says so.
function markStale() {
  for (const note of field("answer").getElementsByClassName("stale")) note.hidden = false;
}

function sentence(told) {
  // No number is parted from its percent sign.
  const parts = told.parts.map((part) => part.replaceAll(" %", "\u00a0%"));
  if (parts.length === 1) return [element("p", `${told.beginning} ${parts[0]}.`)];
  const last = parts.length - 1;
  return [
    element("p", told.beginning),
    element("ul", ...parts.map((part, index) =>
      element("li", part + (index === last ? "." : ";")))),
  ];
}

function warnings(sentences) {
  if (sentences.length === 0) return [];
  const box = element(
    "section", element("h3", sentences.length === 1 ? "A warning" : "Warnings"),
    element("ul", ...sentences.map((text) => element("li", text))));
  box.className = "warnings";
  return [box];
}

function section(part) {
  return element(
    "section", element("h3", part.title), ...part.notes.map((note) => element("p", note)),
    ...part.tables.map(table), ...part.pictures.map(picture));
}

function table(part) {
  const made = element("table", element("caption", part.caption));
  if (part.header.some((text) => text !== "")) {
    made.append(element("thead", row(part.header, "col")));
  }
  made.append(element("tbody", ...part.rows.map((cells) => row(cells, "row"))));
  const scroll = element("div", made);
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", part.caption);
  return scroll;
}

function row(texts, scope) {
  return element("tr", ...texts.map((text, index) => {
    if (scope === "row" && index > 0) return element("td", text);
    if (text === "") return element("td", text);
    // Long names of columns may break behind an underscore.
    const head = element("th", ...text.split(/(?<=_)/).flatMap((part, place) =>
      place > 0 ? [document.createElement("wbr"), part] : [part]));
    head.scope = scope;
    return head;
  }));
}

function picture(part) {
  const parsed = new DOMParser().parseFromString(part.svg, "image/svg+xml");
  const numbers = element("details", element("summary", "The numbers of this picture"),
    table(part.numbers));
  return element("figure", document.importNode(parsed.documentElement, true), numbers);
}

function takeaways(answer) {
  const files = element("ul", ...answer.takeaways.map((file) => element("li", download(file))));
  files.className = "takeaways";
  const parts = [element("h3", "To take away"), files, ...copyable("The command that repeats it",
    answer.command)];
  if (answer.spreadsheet.formula) {
    parts.push(...copyable("The spreadsheet formula that repeats it", answer.spreadsheet.formula));
  }
  parts.push(element("p", answer.spreadsheet.note));
  const facts = element("dl", ...answer.facts.flatMap(([name, value]) =>
    [element("dt", name), element("dd", value)]));
  parts.push(element("h3", "How it was computed"), facts);
  return element("section", ...parts);
}

function download(file) {
  const link = element("a", `${file.label} (${file.name})`);
  const address = URL.createObjectURL(new Blob([file.text], { type: file.mediaType }));
  addresses.push(address);
  link.href = address;
  link.download = file.name;
  return link;
}

function copyable(title, text) {
  const shown = element("pre", text);
  shown.tabIndex = 0;
  shown.setAttribute("role", "region");
  shown.setAttribute("aria-label", title);
  const button = element("button", "Copy");
  button.type = "button";
  button.setAttribute("aria-label", `Copy: ${title}`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      field("status").textContent = "Copied.";
      button.textContent = "Copied";
    } catch {
      // Without leave for the clipboard the text is selected, to be copied by hand.
      getSelection().selectAllChildren(shown);
      button.textContent = "Selected";
    }
  });
  return [element("h4", title), shown, element("p", button)];
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
  newCells({ ...decoded(bytes), name: file.name });
  field("file-name").textContent = file.name;
  await readCells();
}

// The text of a file, and how its letters were written where the file's own bytes do not tell.
function decoded(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: new TextDecoder("utf-16le").decode(bytes) };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { text: new TextDecoder("utf-16be").decode(bytes) };
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

// MARK: Events

function later(action) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, typingPause);
  };
}

const readTypedCells = later(() => readCells());
const readTypedFormula = later(() => writeFormula());

field("cells").addEventListener("input", () => {
  const text = field("cells").value;
  if (entered.file !== null || text.length > mostShown) newCells({ text });
  Object.assign(entered, { name: null, encoding: null, header: null, separator: null, decimal: null });
  forgetExample();
  readTypedCells();
});
for (const name of ["header", "separator", "decimal"]) {
  field(name).addEventListener("change", () => {
    const value = field(name).value;
    entered[name] = name === "header" ? value === "true" : value;
    readCells();
  });
}
field("missing").addEventListener("change", () => readCells());
field("intercept").addEventListener("change", () => {
  entered.chosen = "roles";
  writeFormula();
});
field("formula").addEventListener("input", () => {
  entered.chosen = "formula";
  readTypedFormula();
});
field("file").addEventListener("change", () => {
  const [file] = field("file").files;
  if (file) readFileOrSay(file);
  field("file").value = "";
});
field("cancel").addEventListener("click", () => {
  asked.get("fit")?.abort();
  field("fit").focus();
});
field("form").addEventListener("submit", fit);
field("form").addEventListener("input", markStale);

for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    field("data").classList.add("dragging");
  });
}
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) field("data").classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  const [file] = event.dataTransfer.files;
  if (!file) return;
  event.preventDefault();
  field("data").classList.remove("dragging");
  readFileOrSay(file);
});

showExamples().catch(() => {
  field("examples").textContent = "The server does not answer, and has no examples.";
});
