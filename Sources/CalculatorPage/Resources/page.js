// The fields of the page: what is wrong beside each, roles and formula, and the fit.
"use strict";

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
    approximation: field("approximation").value, family: field("family").value,
    standardize: field("standardize").checked,
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

// MARK: Events

// Milliseconds without a letter, after which what was typed is read.
const typingPause = 400;

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
