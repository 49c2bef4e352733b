// The burial check: filters and table on one side, the chosen finding on the map on the other.

import { ask, element, link, page, showProblem, tell, whenMapReady, writeNumber } from "./page.js";
import { describeContest, makeContestedBadge } from "./check_contest.js";
import { describeFinding, describePoint, linkRemedy } from "./check_panel.js";
import { Listing } from "./listing.js";
import { Panel } from "./panel.js";
import { WhatIf } from "./what_if.js";

const filters = document.getElementById("filters");
const pointForm = document.getElementById("point");

const start = new URLSearchParams(location.search);
let chosen = start.get("site") ? { layer: start.get("of"), site: start.get("site"), rule: start.get("by") } : null;
let point = start.get("lon") ? { lon: Number(start.get("lon")), lat: Number(start.get("lat")) } : null;
let view = null;

const panel = new Panel({ closed: forget });
const listing = new Listing({ url: page.urls.findings, readQuery: readFilters, makeRow, changed: keepState, shown: showCounts, sort: "rule" });
const whatIf = new WhatIf({ readDay: () => readFilters().as_of, changed: keepState });

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
  const query = { ...readFilters(), ...listing.describe(), ...whatIf.describe() };
  document.getElementById("download").href = link(page.urls.download, { ...readFilters(), sort: listing.sort });
  for (const anchor of document.querySelectorAll("[data-report]")) anchor.href = link(anchor.pathname, { as_of: query.as_of });
  if (chosen) Object.assign(query, { of: chosen.layer, site: chosen.site, by: chosen.rule });
  if (point) Object.assign(query, point);
  history.replaceState(null, "", link(location.pathname, query));
}

function showCounts({ counts }) {
  for (const [verdict, count] of Object.entries(counts)) {
    filters.querySelector(`[data-count="${verdict}"]`).textContent = writeNumber(count, 0);
  }
}

function markChosen() {
  const wanted = chosen;
  listing.mark((finding) => wanted && ["layer", "site", "rule"].every((key) => finding[key] === wanted[key]));
}

function makeRow(finding) {
  const metres = (value, css) => element("td", { class: css }, writeNumber(value, 2, 2));
  const name = element("button", { type: "button", class: "choose" }, finding.site_name || finding.site);
  return element(
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
  const remedy = linkRemedy(answer.finding, readFilters().as_of);
  const contest = describeContest(answer, () => tellAgain(finding));
  const heading = `${answer.finding.layer_title} ${answer.finding.site_name || answer.finding.site}`;
  panel.show(heading, [...told, remedy, contest].filter(Boolean));
  if (!look) return;
  view?.showFinding({ ...answer.shape, labels: writeLabels(answer.finding) });
  fitLimit(answer.finding);
}

/** Show what has become of a finding that somebody has just said something about. */
async function tellAgain(finding) {
  await Promise.all([choose(finding, { look: false }), listing.load()]);
  panel.heading.focus();
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
  panel.show(heading, describePoint(answer));
  view?.clearFinding();
  view?.showPoint(answer.lon, answer.lat);
  // the panel has just taken a part of the map: the point must not lie behind it
  view?.map.panInside([answer.lat, answer.lon], { padding: [60, 60], animate: false });
  if (go) view?.map.setView([answer.lat, answer.lon], Math.max(view.map.getZoom(), 15), { animate: false });
}

/** Nothing is chosen any more. */
function forget() {
  chosen = null;
  point = null;
  markChosen();
  view?.clearFinding();
  keepState();
}

filters.addEventListener("change", ({ target }) => {
  if (!filters.reportValidity()) return;
  listing.turnTo(1);
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

listing.load();
whenMapReady((ready) => {
  view = ready;
  panel.view = ready;
  whatIf.useMap(ready);
  view.onClick((lon, lat) => {
    if (!whatIf.sketching) askPoint(lon, lat);
  });
  if (chosen) choose(chosen);
  else if (point) askPoint(point.lon, point.lat, { go: true });
});
