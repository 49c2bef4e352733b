// Where the graves that break a rule can go: villages, graves and cemeteries, and the way on the map.

import { ask, element, link, makeFacts, page, tell, whenMapReady, writeNumber } from "./page.js";
import { Listing } from "./listing.js";
import { Panel } from "./panel.js";

const sheets = document.getElementById("sheets");
const filters = document.getElementById("filters");
const day = page.as_of === page.today ? null : page.as_of;
let chosen = new URLSearchParams(location.search).get("site");
let view = null;

const panel = new Panel({ closed: forget });
const listing = new Listing({ url: page.urls.graves, readQuery: readFilters, makeRow, changed: keepState, sort: "site" });

const readSheet = () => new FormData(sheets).get("show");

/** The filters as the server takes them. */
function readFilters() {
  const form = new FormData(filters);
  const told = ["village", "cemetery", "place"].map((name) => [name, form.get(name) || null]);
  return { ...Object.fromEntries(told), as_of: day };
}

/** Write what is seen into the address, so that it can be sent to a colleague. */
function keepState() {
  const query = { show: readSheet(), ...readFilters(), ...listing.describe(), site: chosen };
  history.replaceState(null, "", link(location.pathname, query));
}

/** Show one of the three tables. */
function showSheet(name) {
  sheets.elements.show.value = name;
  for (const sheet of document.querySelectorAll("[data-sheet]")) sheet.hidden = sheet.dataset.sheet !== name;
  keepState();
}

/** List the graves of one village or one cemetery. */
function showGraves(wanted) {
  for (const name of ["village", "cemetery", "place"]) filters.elements[name].value = wanted[name] ?? "";
  showSheet("graves");
  listing.turnTo(1);
}

const linkRule = (site, rule) => element("a", { href: link(page.urls.check, { of: "burial", site, by: rule, rule, as_of: day }), title: page.rules[rule] }, rule);

function makeRow(grave) {
  const name = element("button", { type: "button", class: "choose" }, grave.site_name || grave.site);
  const contested = grave.contested ? element("span", { class: "badge contested" }, tell("contested")) : null;
  const place = grave.cemetery ? grave.cemetery_name : element("span", { class: "badge violation" }, tell("no_place"));
  return element("tr", { onclick: () => choose(grave.site) },
    element("td", {}, name, contested),
    element("td", { class: "village wide" }, grave.village_name),
    element("td", {}, grave.rules),
    element("td", {}, place),
    element("td", { class: "number" }, writeNumber(grave.cemetery_m, 0)));
}

/** Choose a grave: its facts in the panel, its way to the cemetery on the map. */
async function choose(site) {
  chosen = site;
  listing.mark((grave) => grave.site === site);
  keepState();
  const answer = await ask(link(page.urls.move, { site, as_of: day }));
  if (!answer || chosen !== site) return;
  const { grave, shape } = answer;
  panel.show(tell("grave_heading", { name: grave.site_name || grave.site }), describeGrave(grave));
  const labels = { site: grave.site_name || grave.site, constraint: grave.cemetery_name ?? "", segment: grave.cemetery ? `${writeNumber(grave.cemetery_m, 0)} ${tell("metres")}` : "" };
  view?.showFinding({ ...shape, labels });
}

function describeGrave(grave) {
  const rules = grave.rules.split(", ").flatMap((rule) => [element("li", {}, linkRule(grave.site, rule), " ", page.rules[rule])]);
  const elsewhere = grave.nearest && grave.nearest !== grave.cemetery;
  return [
    element("p", { class: "reason" }, grave.cemetery
      ? tell("grave_to", { cemetery: grave.cemetery_name, metres: writeNumber(grave.cemetery_m, 0) })
      : tell("grave_nowhere")),
    elsewhere ? element("p", {}, tell("grave_nearest_full", { cemetery: grave.nearest_name, metres: writeNumber(grave.nearest_m, 0) })) : null,
    grave.patch ? element("p", {}, tell("grave_patch", { patch: grave.patch, rank: writeNumber(grave.patch_rank, 0), metres: writeNumber(grave.patch_m, 0) })) : null,
    grave.own_rules_only ? element("p", {}, tell("grave_own_rules")) : null,
    grave.contested ? element("p", {}, element("span", { class: "badge contested" }, tell("contested"))) : null,
    makeFacts([["village", grave.village_name]]),
    element("h3", {}, tell("rules_broken")),
    element("ul", { class: "sentences" }, ...rules),
  ].filter(Boolean);
}

/** Look at one cemetery, with its name. */
function showCemetery(row) {
  for (const other of row.parentElement.children) other.classList.toggle("chosen", other === row);
  const feature = view?.layers.get("cemetery")?.features.get(row.dataset.cemetery)?.feature;
  if (feature) view.showFinding({ constraint: feature, labels: { constraint: feature.properties.name || feature.id } });
}

/** Nothing is chosen any more. */
function forget() {
  chosen = null;
  listing.mark(() => false);
  view?.clearFinding();
  keepState();
}

sheets.addEventListener("change", ({ target }) => {
  if (target.name === "show") showSheet(target.value);
  // another day is another answer
  else if (sheets.reportValidity()) location.assign(link(location.pathname, { show: readSheet(), as_of: target.value }));
});
sheets.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("change", () => listing.turnTo(1));
filters.addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-village]")) {
  button.addEventListener("click", () => showGraves({ village: button.dataset.village }));
}
for (const row of document.querySelectorAll("[data-cemetery]")) row.addEventListener("click", () => showCemetery(row));
for (const anchor of document.querySelectorAll("[data-download], #download")) anchor.href = link(page.urls.download, { as_of: day });

listing.load({ site: chosen });
whenMapReady((ready) => {
  view = ready;
  panel.view = ready;
  if (chosen) choose(chosen);
});
