// The burial check: filters and table on one side, the chosen finding on the map on the other.

import { ask, element, link, page, showProblem, tell, whenMapReady, writeNumber } from "./page.js";
import { describeContest, makeContestedBadge } from "./check_contest.js";
import { describeFinding, describePoint } from "./check_panel.js";

const filters = document.getElementById("filters");
const pointForm = document.getElementById("point");
const rows = document.getElementById("rows");
const panel = document.getElementById("panel");
const panelBody = document.getElementById("panel-body");
const panelHeading = document.getElementById("panel-heading");

const start = new URLSearchParams(location.search);
let sort = start.get("sort") || "rule";
let pageNumber = Number(start.get("page")) || 1;
let chosen = start.get("site") ? { layer: start.get("of"), site: start.get("site"), rule: start.get("by") } : null;
let point = start.get("lon") ? { lon: Number(start.get("lon")), lat: Number(start.get("lat")) } : null;
let view = null;
let running = null;
const findings = new WeakMap(); // by their rows

/** The filters as the server takes them. */
function readFilters() {
  const form = new FormData(filters);
  return {
    verdict: form.getAll("verdict").join(","),
    rule: form.get("rule") || null,
    village: form.get("village") || null,
    layer: form.get("layer") || null,
    as_of: form.get("as_of") === page.today ? null : form.get("as_of"),
  };
}

/** Write what is seen into the address, so that it can be sent to a colleague. */
function keepState() {
  const query = { ...readFilters(), sort: sort === "rule" ? null : sort, page: pageNumber > 1 ? pageNumber : null };
  if (chosen) Object.assign(query, { of: chosen.layer, site: chosen.site, by: chosen.rule });
  if (point) Object.assign(query, point);
  history.replaceState(null, "", link(location.pathname, query));
}

/** Ask for the page of findings that the filters name, and show it. */
async function load() {
  if (running) running.abort();
  running = new AbortController();
  const query = { ...readFilters(), sort };
  document.getElementById("download").href = link(page.urls.download, query);
  keepState();
  rows.setAttribute("aria-busy", "true");
  const { signal } = running;
  const answer = await ask(link(page.urls.findings, { ...query, page: pageNumber }), { signal });
  if (signal.aborted) return;
  rows.removeAttribute("aria-busy");
  if (!answer) return;
  pageNumber = answer.page;
  showRows(answer);
}

function showRows(answer) {
  rows.replaceChildren(...answer.rows.map(makeRow));
  if (!answer.rows.length) rows.append(element("tr", {}, element("td", { colspan: 7, class: "empty" }, tell("nothing"))));
  markChosen();
  for (const [verdict, count] of Object.entries(answer.counts)) {
    filters.querySelector(`[data-count="${verdict}"]`).textContent = writeNumber(count, 0);
  }
  document.getElementById("count").textContent = tell("count", { total: writeNumber(answer.total, 0) });
  document.getElementById("pages").textContent = tell("pages", { page: answer.page, pages: answer.pages });
  document.getElementById("previous").disabled = answer.page <= 1;
  document.getElementById("next").disabled = answer.page >= answer.pages;
  for (const head of document.querySelectorAll("[data-sort]")) {
    const name = head.dataset.sort;
    const order = sort === name ? "ascending" : sort === `-${name}` ? "descending" : null;
    if (order) head.setAttribute("aria-sort", order);
    else head.removeAttribute("aria-sort");
  }
}

/** Mark the row of the chosen finding, where it is on this page. */
function markChosen() {
  for (const row of rows.children) {
    const finding = findings.get(row);
    const same = chosen && finding && ["layer", "site", "rule"].every((key) => finding[key] === chosen[key]);
    row.classList.toggle("chosen", Boolean(same));
  }
}

function makeRow(finding) {
  const metres = (value, css) => element("td", { class: css }, writeNumber(value, 2, 2));
  const name = element("button", { type: "button", class: "choose" }, finding.site_name || finding.site);
  const row = element(
    "tr",
    { onclick: () => choose(finding) },
    element("td", {}, element("span", { class: `badge ${finding.verdict}` }, finding.verdict_title), " ", makeContestedBadge(finding)),
    element("td", {}, name),
    element("td", { class: "rule-name" }, element("b", {}, finding.rule), " ", finding.rule_title),
    element("td", { class: "wide village" }, page.villages[finding.village] || "–"),
    metres(finding.distance_m, "number wide"),
    element("td", { class: "number wide" }, writeNumber(finding.limit_m)),
    metres(finding.margin_m, "number"),
  );
  findings.set(row, finding);
  return row;
}

/** Choose a finding: its sentence and law in the panel, both its features on the map. */
async function choose(finding, { look = true } = {}) {
  const wanted = { layer: finding.layer, site: finding.site, rule: finding.rule };
  chosen = wanted;
  point = null;
  markChosen();
  keepState();
  const answer = await ask(link(page.urls.finding, { ...wanted, as_of: readFilters().as_of }));
  if (!answer || chosen !== wanted) return;
  const told = describeFinding(answer.finding, answer.finding.sentence);
  const contest = describeContest(answer, () => tellAgain(finding));
  showPanel(`${answer.finding.layer_title} ${answer.finding.site_name || answer.finding.site}`, [...told, contest]);
  if (!look) return;
  view?.showFinding({ ...answer.shape, labels: writeLabels(answer.finding) });
  fitLimit(answer.finding);
}

/** Show what has become of a finding that somebody has just said something about. */
async function tellAgain(finding) {
  await Promise.all([choose(finding, { look: false }), load()]);
  panelHeading.focus();
}

/** See the limit on both sides of the place that the distance is measured to. */
function fitLimit({ segment, limit_m, distance_m }) {
  if (!view || !segment || !limit_m) return;
  const [lon, lat] = segment[1];
  const across = 2.2 * Math.max(limit_m, distance_m);
  view.map.fitBounds(window.L.latLng(lat, lon).toBounds(across), { animate: false });
}

/** What is written beside the finding's features on the map. */
function writeLabels({ site, site_name, constraint, constraint_name, distance_m }) {
  return {
    site: site_name || site,
    constraint: constraint_name || constraint || "",
    segment: distance_m === null ? "" : `${writeNumber(distance_m, 2, 2)} ${tell("metres")}`,
  };
}

/** Ask every rule about a point that is in no layer yet. */
async function askPoint(lon, lat, { go = false } = {}) {
  const wanted = { lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)) };
  point = wanted;
  chosen = null;
  markChosen();
  keepState();
  pointForm.elements.lon.value = point.lon;
  pointForm.elements.lat.value = point.lat;
  const answer = await ask(link(page.urls.point, { ...wanted, as_of: readFilters().as_of }));
  if (!answer || point !== wanted) return;
  const heading = tell("point_heading", { lon: answer.lon.toFixed(6), lat: answer.lat.toFixed(6) });
  showPanel(heading, describePoint(answer));
  view?.clearFinding();
  view?.showPoint(answer.lon, answer.lat);
  // the panel has just taken a part of the map: the point must not lie behind it
  view?.map.panInside([answer.lat, answer.lon], { padding: [60, 60], animate: false });
  if (go) view?.map.setView([answer.lat, answer.lon], Math.max(view.map.getZoom(), 15), { animate: false });
}

function showPanel(heading, body) {
  panelHeading.textContent = heading;
  panelBody.replaceChildren(...body);
  panel.hidden = false;
  panel.scrollTop = 0;
  // on a phone the panel stands above the list that was scrolled to
  panel.scrollIntoView({ block: "nearest" });
  // the map has become lower: what is drawn next must fit what is left
  view?.map.invalidateSize({ pan: false });
}

function closePanel() {
  panel.hidden = true;
  chosen = null;
  point = null;
  markChosen();
  view?.clearFinding();
  keepState();
}

function turnTo(number) {
  pageNumber = number;
  load();
  document.querySelector(".table-room").scrollTop = 0;
}

/** Up and down go from one finding to the next. */
function walkRows(event) {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const target = step && event.target.closest("tr")?.[step]?.querySelector(".choose");
  if (!target) return;
  event.preventDefault();
  target.focus();
}

filters.addEventListener("change", ({ target }) => {
  if (!filters.reportValidity()) return;
  turnTo(1);
  // another day is another answer
  if (target.name !== "as_of") return;
  if (chosen) choose(chosen);
  else if (point) askPoint(point.lon, point.lat);
});
filters.addEventListener("submit", (event) => event.preventDefault());
pointForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const [lon, lat] = ["lon", "lat"].map((name) => Number(pointForm.elements[name].value));
  if (Number.isFinite(lon) && Number.isFinite(lat)) askPoint(lon, lat, { go: true });
  else showProblem(tell("not_numbers"));
});
for (const head of document.querySelectorAll("[data-sort]")) {
  head.querySelector("button").addEventListener("click", () => {
    sort = sort === head.dataset.sort ? `-${head.dataset.sort}` : head.dataset.sort;
    turnTo(1);
  });
}
rows.addEventListener("keydown", walkRows);
document.getElementById("previous").addEventListener("click", () => turnTo(pageNumber - 1));
document.getElementById("next").addEventListener("click", () => turnTo(pageNumber + 1));
document.getElementById("panel-close").addEventListener("click", closePanel);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) closePanel();
});

load();
whenMapReady((ready) => {
  view = ready;
  view.onClick((lon, lat) => askPoint(lon, lat));
  if (chosen) choose(chosen);
  else if (point) askPoint(point.lon, point.lat, { go: true });
});
