// Marks on the map for the findings that would go and come, and the one that was chosen.

const KINDS = {
  gone: { color: "#14622f", fillColor: "#ffffff", radius: 6, weight: 3 },
  come: { color: "#ffffff", fillColor: "#a81e17", radius: 6.5, weight: 1.5 },
  other: { color: "#ffffff", fillColor: "#7a4b00", radius: 4.5, weight: 1 },
};

/** What becomes of a finding: its violation goes, comes, or it changes otherwise. */
export function findChange({ verdict_before: before, verdict_after: after }) {
  if (before === "violation") return "gone";
  return after === "violation" ? "come" : "other";
}

export class Marks {
  constructor(view) {
    this.view = view;
    this.pane = "marks";
    view.map.createPane(this.pane).style.zIndex = 600;
    this.drawing = window.L.layerGroup().addTo(view.map);
    this.chosen = window.L.layerGroup().addTo(view.map);
  }

  clear() {
    this.drawing.clearLayers();
    this.chosen.clearLayers();
  }

  /** Mark each place once: a site that both loses and gains violations shows what comes. */
  show(rows) {
    this.clear();
    const places = new Map();
    for (const kind of ["other", "gone", "come"]) {
      for (const row of rows) {
        if (row.lon !== null && findChange(row) === kind) places.set(`${row.lon} ${row.lat}`, { ...row, kind });
      }
    }
    for (const { lon, lat, kind } of places.values()) {
      const style = { ...KINDS[kind], pane: this.pane, interactive: false, fillOpacity: 1 };
      this.drawing.addLayer(window.L.circleMarker([lat, lon], style));
    }
  }

  /** Look at one of the places, with its name. */
  choose({ lon, lat, site, site_name }) {
    this.chosen.clearLayers();
    if (lon === null) return;
    const { map } = this.view;
    const ring = { pane: this.pane, interactive: false, radius: 13, color: "#d97a00", weight: 3, fill: false };
    this.chosen.addLayer(window.L.circleMarker([lat, lon], ring));
    const name = document.createElement("span");
    name.textContent = site_name || site;
    this.chosen.addLayer(window.L.tooltip({ permanent: true, direction: "right", offset: [14, 0], className: "geo-rv-tag" })
      .setLatLng([lat, lon]).setContent(name));
    map.setView([lat, lon], Math.max(map.getZoom(), 16), { animate: false });
  }
}
