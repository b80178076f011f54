// Asking the program, which does all the reading of cells, all statistics and all pictures.
"use strict";

const field = (id) => document.getElementById(id);

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

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
  if (response.status === 504) {
    sentence += " The approximation 'structured' is faster, and the command has no limit of time.";
  }
  return sentence;
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
