// What every page's script needs: its texts and data, elements made of text alone, questions to the server.

const data = JSON.parse(document.getElementById("page-data").textContent);

/** What the server gave this page. */
export const page = data;

/** The text `key` in the page's language, {placeholders} filled from `facts`. */
export function tell(key, facts = {}) {
  return data.texts[key].replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? facts[name] : whole));
}

/** A number as the page writes it, with `least` to `digits` decimals; a dash where there is none. */
export function writeNumber(value, digits = 2, least = 0) {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: digits, minimumFractionDigits: least }).format(value);
}

/** An element; children are elements or text, and text stays text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The JSON answer of the server; null where there is none: the reader has been told why. */
export async function ask(url, options = {}) {
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" }, ...options });
    const answer = await response.json();
    showProblem(response.ok ? "" : answer.error);
    return response.ok ? answer : null;
  } catch (problem) {
    // what was asked again before it was answered is no problem
    if (problem.name !== "AbortError") showProblem(tell("unreachable"));
    return null;
  }
}

/** What the server answers to something that it is to keep; null where it refuses. */
export function send(url, body) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": data.csrf_token };
  return ask(url, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Show a problem at the foot of the page; an empty text takes it away. */
export function showProblem(text) {
  const place = document.getElementById("problem");
  place.textContent = text;
  place.hidden = !text;
}

/** A link with its parameters; those that are null are left out. */
export function link(path, parameters) {
  const kept = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  const query = new URLSearchParams(kept).toString().replaceAll("%2C", ",");
  return query ? `${path}?${query}` : path;
}

/** Call `use` with the map's view as soon as there is one. */
export function whenMapReady(use) {
  if (window.geoRv && window.geoRv.view) use(window.geoRv.view);
  else document.addEventListener("geo-rv:ready", (event) => use(event.detail), { once: true });
}
