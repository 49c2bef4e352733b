// Where a cemetery can go: the question, the weights, the patches in the list and on the map.

import { ask, element, link, makeFacts, page, showProblem, tell, whenMapReady, writeMetres, writeNumber } from "./page.js";
import { Panel } from "./panel.js";
import { PatchMap, findColour } from "./patch_map.js";
import { explainRank, rankPatches } from "./ranking.js";
import { Weights } from "./weights.js";

const PAGE_ROWS = 50;
const SLOW_MS = 4_000;
const form = document.getElementById("question");
const rows = document.getElementById("rows");
const told = document.getElementById("told");
const start = new URLSearchParams(location.search);
let answer = null;
let ranked = [];
let chosen = start.get("patch");
let pageNumber = 1;
let map = null;
let running = null;

const panel = new Panel({ closed: forget });
const weights = new Weights({ changed: rankAgain });

/** The question as the server takes it. */
function readQuestion() {
  const data = new FormData(form);
  return {
    within: data.get("within") || null,
    min_mu: Number(data.get("min_mu")) === page.min_mu ? null : data.get("min_mu"),
    as_of: data.get("as_of") === page.today ? null : data.get("as_of"),
    certain: data.get("certain"),
  };
}

/** Write what is seen into the address, so that it can be sent to a colleague. */
function keepState() {
  const query = { ...readQuestion(), weights: weights.describe() };
  history.replaceState(null, "", link(location.pathname, { ...query, patch: chosen }));
  for (const name of ["table", "drawn"]) document.getElementById(name).href = link(page.urls[name], query);
}

/** Find the land that the form asks for. */
async function find() {
  if (!form.reportValidity()) return;
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  keepState();
  const done = showBusy();
  const found = await ask(link(page.urls.patches, readQuestion()), { signal });
  done();
  if (signal.aborted) return;
  showAnswer(found);
}

/** Say that the land is being found; call what is returned when it is. */
function showBusy() {
  const busy = document.getElementById("busy");
  busy.hidden = false;
  rows.setAttribute("aria-busy", "true");
  told.textContent = tell("siting_running");
  const timer = setTimeout(() => { told.textContent = tell("siting_slow"); }, SLOW_MS);
  return () => {
    clearTimeout(timer);
    busy.hidden = true;
    rows.removeAttribute("aria-busy");
  };
}

function showAnswer(found) {
  answer = found;
  told.textContent = found ? found.notes[0] : tell("siting_failed");
  document.getElementById("notes").replaceChildren(...(found ? describeNotes(found) : []));
  if (found) weights.show(found);
  ranked = found ? rankPatches(found.patches, weights.names, weights.values) : [];
  pageNumber = 1;
  map?.show(ranked);
  if (form.elements.within.value) map?.fit();
  if (chosen && ranked.some(({ id }) => id === chosen)) choose(chosen);
  else if (chosen && found) panel.close();
  showRows();
}

/** What was left out, what was not asked, and what is in doubt. */
function describeNotes({ dropped, min_mu, not_checked, warnings }) {
  const rules = new Map(not_checked.map(({ rule, rule_title }) => [rule, `${rule} ${rule_title}`]));
  const line = (css, ...words) => element("p", { class: css }, ...words);
  const unasked = element("details", {},
    element("summary", {}, tell("siting_unasked", { count: rules.size }), " ", [...rules.values()].join("; ")),
    element("ul", {}, ...not_checked.map(({ rule, reason }) => element("li", {}, element("b", {}, rule), " ", reason))));
  return [
    dropped.count ? line("quiet", tell("siting_dropped", { min_mu: writeNumber(min_mu), count: writeNumber(dropped.count, 0), mu: writeNumber(dropped.mu, 2) })) : null,
    ...warnings.map((warning) => line("doubt", warning)),
    not_checked.length ? unasked : line("quiet", tell("siting_all_asked")),
  ].filter(Boolean);
}

/** Rank what was found by the weights as they are now; the server is not asked. */
function rankAgain() {
  if (!answer) return;
  showProblem(weights.areZero ? tell("siting_all_zero") : "");
  if (weights.areZero) return;
  ranked = rankPatches(answer.patches, weights.names, weights.values);
  map?.colour(ranked);
  pageNumber = 1;
  showRows();
  if (chosen) showChosen();
  keepState();
}

const explain = (patch) => explainRank(patch, weights.names, page.templates, page.language);

function showRows() {
  const pages = Math.max(1, Math.ceil(ranked.length / PAGE_ROWS));
  const shown = ranked.slice((pageNumber - 1) * PAGE_ROWS, pageNumber * PAGE_ROWS);
  rows.replaceChildren(...shown.flatMap(makeRow));
  if (answer && !ranked.length) rows.append(element("tr", {}, element("td", { colspan: 7, class: "empty" }, tell("siting_nothing"))));
  document.getElementById("pages").textContent = tell("pages", { page: pageNumber, pages });
  document.getElementById("previous").disabled = pageNumber <= 1;
  document.getElementById("next").disabled = pageNumber >= pages;
  markChosen();
}

function writeSlope({ slope_deg, aspect_title }) {
  return slope_deg === null ? "–" : `${writeNumber(slope_deg, 1)}° ${aspect_title ?? ""}`;
}

/** Two rows of a patch: its numbers, and why it stands where it does. */
function makeRow(patch) {
  const pick = { onclick: () => choose(patch.id), "data-id": patch.id };
  const number = (value, css = "", digits = 0) => element("td", { class: `number ${css}` }, writeNumber(value, digits, digits));
  const rank = element("button", { type: "button", class: "choose rank" }, element("i", { style: `background:${findColour(patch.rank)}`, "aria-hidden": "true" }), String(patch.rank));
  const doubt = patch.coverage === "inside" ? null : element("span", { class: "badge unsure" }, patch.coverage_title);
  return [
    element("tr", { ...pick, class: "patch" }, element("td", {}, rank), number(patch.mu, "", 1),
      element("td", {}, patch.village_name ?? "–", " ", doubt), number(patch.longest_side_m, "wide"), number(patch.road_m),
      element("td", { class: "wide" }, writeSlope(patch)), number(patch.score, "", 2)),
    element("tr", { ...pick, class: "why" }, element("td", { colspan: 7 }, element("p", {}, explain(patch)))),
  ];
}

function markChosen() {
  for (const row of rows.children) row.classList.toggle("chosen", chosen !== null && row.dataset.id === chosen);
}

/** Choose a patch: its facts in the panel, its outline on the map. */
function choose(id) {
  chosen = id;
  showChosen();
  map?.choose(id);
  keepState();
}

function showChosen() {
  const patch = ranked.find(({ id }) => id === chosen);
  panel.show(tell("siting_patch", patch), describePatch(patch));
  markChosen();
}

function describePatch(patch) {
  const { within, as_of, certain } = readQuestion();
  const suppose = link(page.urls.check, { what_if: "", patch: patch.id, within, certain, as_of });
  return [
    element("p", { class: "reason" }, explain(patch)),
    makeFacts([
      ["village", patch.village_name],
      ["siting_area", tell("siting_mu", { mu: writeNumber(patch.mu, 2) })],
      ["siting_side", writeMetres(patch.longest_side_m, 0)],
      ["siting_road", writeMetres(patch.road_m, 0)],
      ["siting_slope", patch.slope_deg === null ? null : `${writeNumber(patch.slope_deg, 1)}°`],
      ["siting_aspect", patch.aspect_title],
      ["siting_data", patch.coverage_title],
      ["siting_place", `${patch.lon.toFixed(6)}, ${patch.lat.toFixed(6)}`],
    ]),
    element("p", {}, element("a", { class: "button", href: suppose }, tell("siting_suppose"))),
    describeShares(patch),
  ];
}

/** What each criterion gives the patch, and how much of it counts. */
function describeShares({ scores, shares }) {
  const heads = ["criterion", "own", "weight", "share"].map((key, place) => element("th", { scope: "col", class: place ? "number" : "" }, tell(`siting_${key}`)));
  const largest = Math.max(...weights.names.map((name) => shares[name] ?? 0), Number.EPSILON);
  return element("table", { class: "shares adding" }, element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...weights.names.map((name) => element("tr", {},
      element("th", { scope: "row" }, page.templates[`criterion.${name}`]),
      element("td", { class: "number" }, writeNumber(scores[name], 2, 2)),
      element("td", { class: "number" }, writeNumber(weights.values[name], 1)),
      element("td", { class: "number share" },
        element("span", { class: "bar-of", style: `width:${(100 * (shares[name] ?? 0)) / largest}%` }), writeNumber(shares[name], 2, 2))))));
}

/** Nothing is chosen any more. */
function forget() {
  chosen = null;
  map?.choose(null);
  markChosen();
  keepState();
}

function turnTo(number) {
  pageNumber = number;
  showRows();
  rows.closest(".table-room").scrollTop = 0;
}

/** Up and down go from one patch to the next. */
function walkRows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const buttons = [...rows.querySelectorAll(".choose")];
  const target = step && buttons[buttons.indexOf(event.target) + step];
  if (!target || !event.target.matches(".choose")) return;
  event.preventDefault();
  target.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});
form.elements.within.addEventListener("change", find);
form.elements.certain.addEventListener("change", find);
rows.addEventListener("keydown", walkRows);
document.getElementById("previous").addEventListener("click", () => turnTo(pageNumber - 1));
document.getElementById("next").addEventListener("click", () => turnTo(pageNumber + 1));

find();
whenMapReady((ready) => {
  panel.view = ready;
  map = new PatchMap(ready, { chosen: choose });
  if (!answer) return;
  map.show(ranked);
  if (form.elements.within.value) map.fit();
  if (chosen) map.choose(chosen);
});
