// Showing an answer, in the order in which the program gives it.
"use strict";

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
