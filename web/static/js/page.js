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

/** What `read` makes of the server's response; null where there is none or it refuses: the reader has been told why. */
async function fetchTold(url, options, read) {
  try {
    const response = await fetch(url, options);
    const answer = await (response.ok ? read(response) : response.json());
    showProblem(response.ok ? "" : answer.error);
    return response.ok ? answer : null;
  } catch (problem) {
    // what was asked again before it was answered is no problem
    if (problem.name !== "AbortError") showProblem(tell("unreachable"));
    return null;
  }
}

/** The JSON answer of the server; null where there is none. */
export function ask(url, options = {}) {
  return fetchTold(url, { headers: { Accept: "application/json" }, ...options }, (response) => response.json());
}

/** How something is sent to the server, with the word that says it comes from this page. */
function describePost(body) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": data.csrf_token };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

/** What the server answers to something that is sent to it; null where it refuses. */
export function send(url, body) {
  return ask(url, describePost(body));
}

/** The file, as {content, name}, that the server makes of what is sent to it; null where it refuses. */
export function sendForFile(url, body) {
  return fetchTold(url, describePost(body), async (response) => {
    const told = response.headers.get("Content-Disposition");
    const name = told.match(/filename\*=UTF-8''([^;]+)/) ?? told.match(/filename="?([^";]+)/);
    return { content: await response.blob(), name: decodeURIComponent(name[1]) };
  });
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
  const query = new URLSearchParams(kept).toString().replaceAll("%2C", ",").replaceAll("%3D", "=");
  return query ? `${path}?${query}` : path;
}

/** A definition list of [text key, value] pairs; those without a value are left out. */
export function makeFacts(pairs) {
  const told = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return element("dl", { class: "facts" }, ...told.map(([key, value]) =>
    element("div", {}, element("dt", {}, tell(key)), element("dd", {}, value))));
}

/** A length in metres; nothing where there is none. */
export function writeMetres(value, decimals = 2) {
  return value === null || value === undefined ? null : `${writeNumber(value, 2, decimals)} ${tell("metres")}`;
}

/** Let the reader keep a file that the server made. */
export function keepFile(content, name) {
  const url = URL.createObjectURL(content);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Call `use` with the map's view as soon as there is one. */
export function whenMapReady(use) {
  if (window.geoRv && window.geoRv.view) use(window.geoRv.view);
  else document.addEventListener("geo-rv:ready", (event) => use(event.detail), { once: true });
}

// the other language shows what is seen now, not what was there when the page was opened
for (const other of document.querySelectorAll(".bar .language")) {
  other.addEventListener("click", () => {
    other.href = link(location.pathname, { ...Object.fromEntries(new URLSearchParams(location.search)), lang: other.hreflang });
  });
}
