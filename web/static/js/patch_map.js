// Patches on the map: coloured by their rank, the first of them numbered, the chosen one outlined.

import { element, tell, writeNumber } from "./page.js";

const CLASSES = [[3, "#00441b"], [10, "#1b7837"], [30, "#5aae61"], [100, "#a6dba0"], [Infinity, "#e3f2dc"]];
const NUMBERED = 10;
const PLAIN = { color: "#0b3d1c", weight: 1, fillOpacity: 0.72 };
const CHOSEN = { color: "#d97a00", weight: 4, fillOpacity: 0.72 };

/** The colour of a rank. */
export function findColour(rank) {
  return CLASSES.find(([last]) => rank <= last)[1];
}

export class PatchMap {
  /** `chosen` is called with the id of a patch that was clicked. */
  constructor(view, { chosen }) {
    Object.assign(this, { view, chosen });
    this.pane = "patches";
    view.map.createPane(this.pane).style.zIndex = 545;
    this.renderer = window.L.canvas({ pane: this.pane, padding: 0.3 });
    this.drawing = window.L.featureGroup().addTo(view.map);
    this.numbers = window.L.layerGroup().addTo(view.map);
    this.leaves = new Map(); // by the patches' ids
    this.id = null;
    this.legend = window.L.control({ position: "bottomleft" });
  }

  /** Draw other patches than before. */
  show(patches) {
    this.drawing.clearLayers();
    this.leaves.clear();
    for (const patch of patches) {
      const leaf = window.L.geoJSON(patch.geometry, { renderer: this.renderer, pane: this.pane, bubblingMouseEvents: false });
      leaf.bindTooltip(() => this.tellPatch(patch.id), { sticky: true, className: "geo-rv-hover" });
      leaf.on("click", () => this.chosen(patch.id));
      this.leaves.set(patch.id, leaf);
      this.drawing.addLayer(leaf);
    }
    this.colour(patches);
  }

  /** Show the ranks that the patches have now. */
  colour(ranked) {
    this.ranked = new Map(ranked.map((patch) => [patch.id, patch]));
    this.numbers.clearLayers();
    for (const patch of ranked) {
      const style = patch.id === this.id ? CHOSEN : PLAIN;
      this.leaves.get(patch.id).setStyle({ ...style, fillColor: findColour(patch.rank) });
      if (patch.rank <= NUMBERED) this.number(patch);
    }
    window.geoRv.tidyLabels(this.view.map);
    this.showLegend(ranked.length);
  }

  tellPatch(id) {
    const { rank, mu } = this.ranked.get(id);
    return element("span", {}, `${tell("siting_rank_one", { from: rank })} ${tell("siting_mu", { mu: writeNumber(mu, 1) })}`);
  }

  number({ rank, lon, lat }) {
    this.numbers.addLayer(window.L.tooltip({ permanent: true, direction: "center", className: "geo-rv-label rank-tag" })
      .setLatLng([lat, lon]).setContent(element("span", {}, String(rank))));
  }

  /** Outline one patch, and look at it where `look` says so. */
  choose(id, { look = true } = {}) {
    const before = this.leaves.get(this.id);
    before?.setStyle({ ...PLAIN, fillColor: findColour(this.ranked.get(this.id).rank) });
    this.id = id;
    const leaf = this.leaves.get(id);
    if (!leaf) return;
    leaf.setStyle({ ...CHOSEN, fillColor: findColour(this.ranked.get(id).rank) }).bringToFront();
    if (look) this.view.map.fitBounds(leaf.getBounds().pad(0.6), { maxZoom: 17, animate: false });
  }

  /** See every patch. */
  fit() {
    const box = this.drawing.getBounds();
    if (box.isValid()) this.view.map.fitBounds(box.pad(0.05), { animate: false });
  }

  showLegend(count) {
    this.legend.remove();
    if (!count) return;
    const used = CLASSES.map(([last, colour], place) => ({ from: (CLASSES[place - 1]?.[0] ?? 0) + 1, to: Math.min(last, count), colour }));
    const rows = used.filter(({ from }) => from <= count).map(({ from, to, colour }) => element("li", {},
      element("i", { style: `background:${colour}` }), tell(from === to ? "siting_rank_one" : "siting_ranks", { from, to })));
    const box = element("details", { class: "geo-rv-theme-legend", open: this.view.frame.clientWidth > 520 },
      element("summary", {}, tell("siting_legend")), element("ul", {}, ...rows));
    window.L.DomEvent.disableClickPropagation(box);
    this.legend.onAdd = () => box;
    this.legend.addTo(this.view.map);
  }
}
