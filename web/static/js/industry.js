// The industry map: one theme by village, as areas, circles and a table.

import { ask, element, link, page, tell, whenMapReady, writeNumber } from "./page.js";

const themes = document.getElementById("themes");
const rows = document.getElementById("rows");
const LEGEND_WIDTH = 200; // pixels
let view = null;
let shown = null;

const readTheme = () => new FormData(themes).get("theme");

async function load() {
  const theme = readTheme();
  history.replaceState(null, "", link(location.pathname, { theme }));
  const answer = await ask(link(page.urls.theme, { theme }));
  if (!answer) return;
  shown = answer;
  document.getElementById("sentence").textContent = shown.sentence;
  showTable(shown);
  showMap();
}

/** Show the theme on the map, the town beside its legend and not below it. */
function showMap() {
  if (!view) return;
  view.showTheme(shown.map);
  const town = window.L.geoJSON(shown.map.areas).getBounds();
  const room = view.map.getSize().x > LEGEND_WIDTH * 3 ? LEGEND_WIDTH : 0;
  view.map.fitBounds(town, { paddingTopLeft: [room, 10], paddingBottomRight: [10, 10], animate: false });
}

const writeCell = (value, column) => element("td", { class: "number" }, column === "share" ? writeShare(value) : writeNumber(value));
const writeShare = (value) => `${writeNumber(value * 100, 1)}%`;

function showTable({ table }) {
  document.getElementById("columns").replaceChildren(
    element("th", { scope: "col" }, tell("village")),
    ...table.columns.map((column) => element("th", { scope: "col", class: "number" }, column.title)),
    element("th", { scope: "col", class: "number" }, tell("share")),
  );
  const largest = Math.max(...table.rows.map(({ share }) => share), 0);
  rows.replaceChildren(...table.rows.map((row) => makeRow(row, largest)));
  document.getElementById("totals").replaceChildren(element("tr", {},
    element("th", { scope: "row" }, tell("total")),
    ...table.totals.map((value) => writeCell(value)),
    writeCell(table.totals[0] ? 1 : 0, "share"),
  ));
}

/** A village; its bar is as long as its share is of the largest one. */
function makeRow(row, largest) {
  const name = element("button", { type: "button", class: "choose", onclick: () => highlight(row.id) }, row.name);
  const share = element("td", { class: "number share" },
    element("span", { class: "bar-of", style: `width:${largest ? (100 * row.share) / largest : 0}%` }), writeShare(row.share));
  return element("tr", { "data-id": row.id }, element("th", { scope: "row" }, name), ...row.values.map((value) => writeCell(value)), share);
}

/** Mark a village in the table and on the map. */
function highlight(id) {
  for (const row of rows.children) row.classList.toggle("chosen", row.dataset.id === id);
  rows.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
  view?.highlight(id);
}

themes.addEventListener("change", load);
themes.addEventListener("submit", (event) => event.preventDefault());
load();
whenMapReady((ready) => {
  view = ready;
  view.panel.open(false); // the theme's own legend is enough at first
  view.onFeatureClick("village", (feature) => highlight(feature.id));
  if (shown) showMap();
});
