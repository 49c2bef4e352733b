// The rows of an import over the town: accepted, to be repaired, refused; and the one that was chosen.

import { ask, element, link, tell, writeNumber } from "./page.js";
import { findUrl } from "./import_upload.js";

const COLOURS = { accepted: "#14622f", repair: "#b35900", refused: "#a81e17" };
const STYLES = {
  accepted: { color: COLOURS.accepted, weight: 1.5, fillColor: "#3f9b63", fillOpacity: 0.4 },
  repair: { color: COLOURS.repair, weight: 2.5, fillColor: "#e5a823", fillOpacity: 0.55 },
  before: { color: COLOURS.repair, weight: 1.5, dashArray: "4 4", fillOpacity: 0 },
  refused: { color: COLOURS.refused, weight: 2.5, fillColor: "#e5534a", fillOpacity: 0.5 },
};
const ORDER = ["accepted", "before", "repair", "refused"];
const SETTLE_MS = 250;
const MARGIN = 0.25;
const WIDE = 520; // pixels

export class ImportMap {
  /** `chosen` is called with the candidate and the row of a feature that was clicked. */
  constructor(view, { chosen }) {
    Object.assign(this, { view, chosen });
    this.token = null;
    this.pane = "import";
    this.above = "import-chosen";
    view.map.createPane(this.pane).style.zIndex = 545;
    view.map.createPane(this.above).style.zIndex = 560;
    this.renderer = window.L.canvas({ pane: this.pane, padding: 0.2, tolerance: 4 });
    this.drawing = window.L.featureGroup().addTo(view.map);
    this.highlight = window.L.featureGroup().addTo(view.map);
    this.legend = window.L.control({ position: "bottomleft" });
    this.asked = null;
    view.map.on("moveend", window.geoRv.settle(() => this.follow(), SETTLE_MS));
  }

  /** Draw another import; `counts` are its rows by state. */
  async show(token, { bounds, counts, unseen }) {
    this.clear();
    Object.assign(this, { token, counts, unseen });
    if (bounds) this.fit(bounds);
    await this.load();
  }

  clear() {
    this.token = null;
    this.asked?.abort.abort();
    this.asked = null;
    this.drawing.clearLayers();
    this.highlight.clearLayers();
    this.legend.remove();
  }

  fit([west, south, east, north]) {
    const box = window.L.latLngBounds([[south, west], [north, east]]);
    this.view.map.fitBounds(box.pad(0.05), { maxZoom: 16, animate: false });
  }

  /** After a move: ask again unless what is there is all there is, and fine enough. */
  follow() {
    if (!this.token) return;
    const { asked, view } = this;
    const known = asked && asked.whole && asked.zoom >= view.map.getZoom() && asked.box.contains(view.map.getBounds());
    if (!known) this.load();
  }

  async load() {
    this.asked?.abort.abort();
    const { map } = this.view;
    const asked = { abort: new AbortController(), zoom: map.getZoom(), box: map.getBounds().pad(MARGIN), whole: false };
    this.asked = asked;
    const { box } = asked;
    const sides = [Math.max(box.getWest(), -180), Math.max(box.getSouth(), -90), Math.min(box.getEast(), 180), Math.min(box.getNorth(), 90)];
    const query = { bbox: sides.map((side) => side.toFixed(6)).join(","), zoom: asked.zoom };
    const collection = await ask(link(findUrl("rows", this.token), query), { signal: asked.abort.signal });
    if (!collection || this.asked !== asked) return;
    asked.whole = collection.numberReturned === collection.numberMatched;
    this.draw(collection.features);
    this.showLegend(collection);
  }

  draw(features) {
    this.drawing.clearLayers();
    const rank = ({ properties }) => ORDER.indexOf(properties.state);
    for (const feature of features.filter(({ geometry }) => geometry).sort((one, other) => rank(one) - rank(other))) {
      const leaf = makeLeaf(feature.geometry, { ...STYLES[feature.properties.state], renderer: this.renderer, pane: this.pane });
      leaf.on("click", (event) => {
        window.L.DomEvent.stopPropagation(event);
        this.chosen(feature.properties.candidate, feature.properties.row);
      });
      this.drawing.addLayer(leaf);
    }
  }

  /** Outline one row as it is and as it was, and look at it. */
  choose({ state, after, before }) {
    this.highlight.clearLayers();
    const ring = { pane: this.above, interactive: false, weight: 4, radius: 11 };
    if (after) {
      this.highlight.addLayer(makeLeaf(after, { ...ring, color: "#ffffff", weight: 8, fill: false }));
      this.highlight.addLayer(makeLeaf(after, { ...ring, color: "#d97a00", fillColor: COLOURS[state], fillOpacity: 0.25 }));
    }
    // above: often both have the same outline
    if (before) this.highlight.addLayer(makeLeaf(before, { ...ring, color: "#2b2b2b", weight: 3, dashArray: "6 7", fillOpacity: 0.08 }));
    const box = this.highlight.getBounds();
    if (box.isValid()) this.view.map.fitBounds(box.pad(0.6), { maxZoom: 17, animate: false });
  }

  forget() {
    this.highlight.clearLayers();
  }

  showLegend({ numberMatched, numberReturned }) {
    this.legend.remove();
    const used = Object.keys(COLOURS).filter((state) => this.counts[state]);
    const rows = used.map((state) => element("li", {},
      element("i", { style: `background:${STYLES[state].fillColor};border-color:${COLOURS[state]}` }),
      tell(`import_state_${state}`, { count: writeNumber(this.counts[state], 0) })));
    if (this.counts.repair) rows.push(element("li", {}, element("i", { class: "before" }), tell("import_state_before")));
    const shown = { shown: writeNumber(numberReturned, 0), total: writeNumber(numberMatched, 0) };
    const box = element("details", { class: "geo-rv-theme-legend import-legend", open: this.view.frame.clientWidth > WIDE },
      element("summary", {}, tell("import_legend")), element("ul", {}, ...rows),
      numberReturned < numberMatched ? element("p", { class: "sampled" }, tell("import_sampled", shown)) : null,
      this.unseen ? element("p", { class: "sampled" }, tell("import_unseen", { count: writeNumber(this.unseen, 0) })) : null);
    window.L.DomEvent.disableClickPropagation(box);
    this.legend.onAdd = () => box;
    this.legend.addTo(this.view.map);
  }
}

/** A geometry as a Leaflet layer; points are circles. */
function makeLeaf(geometry, style) {
  const options = { ...style, pointToLayer: (_, place) => window.L.circleMarker(place, { radius: 5, ...style }) };
  return window.L.geoJSON(geometry, { ...options, style });
}
