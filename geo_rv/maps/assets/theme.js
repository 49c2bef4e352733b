// Values by area: coloured areas, circles as large as the values, and their legend.
"use strict";

geoRv.Theme = class {
  static largest = 26; // pixels, the radius of the circle of the largest value
  static none = "#fbfaf6";
  static edge = { color: "#77726a", weight: 1 };

  constructor(view) {
    this.view = view;
    this.areas = new Map();
    this.chosen = null;
    this.drawing = L.layerGroup().addTo(view.map);
    // above the villages' own faces, below everything that is drawn on the ground
    const village = view.layers.get("village");
    const above = village ? Number(view.map.getPane(village.pane).style.zIndex) : 400;
    view.map.createPane("geo-rv-theme").style.zIndex = above + 2;
    view.map.createPane("geo-rv-symbols").style.zIndex = 570;
    this.legend = L.control({ position: "bottomleft" });
    this.legend.onAdd = () => this.box;
  }

  show(theme) {
    const first = !this.theme;
    this.theme = theme;
    this.largest = Math.max(...theme.symbols.map(({ value }) => value), 0);
    this.drawing.clearLayers();
    this.areas = new Map(theme.areas.features.map((feature) => [String(feature.id ?? feature.properties.id), this.drawArea(feature)]));
    for (const symbol of [...theme.symbols].sort((one, other) => other.value - one.value)) this.drawSymbol(symbol);
    this.legend.remove();
    this.box = this.makeLegend(theme);
    L.DomEvent.disableClickPropagation(this.box);
    this.legend.addTo(this.view.map);
    if (first) this.makeRoom();
    this.highlight(this.chosen);
    geoRv.tidyLabels(this.view.map);
  }

  /** Keep the areas clear of the legend, where the map is wide enough for both. */
  makeRoom() {
    const width = this.box.offsetWidth + 20;
    if (this.view.frame.clientWidth > 3 * width) this.view.fit(this.view.options.bounds, [width, 0]);
  }

  colourOf(value) {
    const { breaks, colours } = this.theme;
    if (!(value > 0)) return geoRv.Theme.none;
    const above = breaks.slice(1, -1).filter((edge) => value >= edge).length;
    return colours[above] ?? geoRv.Theme.none;
  }

  tell(name, value, unit = this.theme.unit) {
    const told = value > 0 ? `${geoRv.writeNumber(value, 2)} ${unit ?? ""}` : this.view.text("none");
    return geoRv.make("span", {}, geoRv.make("b", {}, name), " ", told);
  }

  drawArea(feature) {
    const { name, value } = feature.properties;
    const style = { ...geoRv.Theme.edge, fillColor: this.colourOf(value), fillOpacity: 0.88 };
    const area = L.geoJSON(feature, { pane: "geo-rv-theme", style });
    area.bindTooltip(this.tell(name, value), { sticky: true, className: "geo-rv-hover" });
    area.on("click", (event) => {
      if (this.view.measuring) return;
      L.DomEvent.stopPropagation(event);
      this.view.tellClick("village", { ...feature, id: feature.id ?? feature.properties.id });
    });
    this.drawing.addLayer(area);
    this.writeName(feature);
    return area;
  }

  /** An area's name, below the circle where it has one. */
  writeName(feature) {
    const symbol = this.theme.symbols.find(({ name }) => name === feature.properties.name);
    const place = symbol ? { at: [symbol.lon, symbol.lat], direction: "bottom", offset: [0, this.sizeOf(symbol.value)] } : {};
    this.drawing.addLayer(geoRv.makeLabel(feature, place));
  }

  /** The radius of the circle of `value`: its face, not its width, goes by the value. */
  sizeOf(value) {
    return Math.max(geoRv.Theme.largest * Math.sqrt(value / this.largest), 2);
  }

  drawSymbol({ lon, lat, value, name }) {
    if (!(value > 0)) return;
    const circle = L.circleMarker([lat, lon], {
      pane: "geo-rv-symbols", radius: this.sizeOf(value), color: "#ffffff", weight: 1.5, fillColor: "#23415e", fillOpacity: 0.72,
    });
    circle.bindTooltip(this.tell(name, value, this.theme.symbolUnit), { sticky: true, className: "geo-rv-hover" });
    this.drawing.addLayer(circle);
  }

  makeLegend({ colours, title, unit, symbolTitle, symbolUnit }) {
    const { make } = geoRv;
    const patch = (colour, text) => make("li", {}, make("i", { style: `background:${colour}` }), make("span", {}, text));
    const classes = colours.map((colour) => patch(colour, this.tellRange(colour)));
    return make("details", { class: "geo-rv-theme-legend", open: this.view.frame.clientWidth > 520 },
      make("summary", {}, geoRv.nameMeasure(title, unit)),
      make("ul", {}, ...classes.reverse(), patch(geoRv.Theme.none, this.view.text("none"))),
      this.largest > 0 ? make("p", {}, geoRv.nameMeasure(symbolTitle ?? title, symbolUnit ?? unit)) : null,
      this.largest > 0 ? this.drawSizes() : null);
  }

  /** The least and the greatest of the values that have this colour. */
  tellRange(colour) {
    const values = this.theme.areas.features.map(({ properties }) => properties.value).filter((value) => this.colourOf(value) === colour);
    const ends = new Set([Math.min(...values), Math.max(...values)]);
    return values.length ? [...ends].map((value) => geoRv.writeNumber(value, 2)).join(" – ") : "–";
  }

  /** Circles in one another: what the sizes mean, at the largest value and at round ones below. */
  drawSizes() {
    const { draw } = geoRv;
    const full = geoRv.Theme.largest;
    const round = (value) => Number(value.toPrecision(1));
    const values = new Set([this.largest, round(this.largest / 3), round(this.largest / 10)]);
    return draw("svg", { width: 170, height: 2 * full + 10, class: "geo-rv-sizes", role: "img", "aria-label": this.view.text("sizes") },
      ...[...values].flatMap((value) => {
        const radius = this.sizeOf(value);
        const top = 2 * full + 8 - 2 * radius;
        return [
          draw("circle", { cx: full + 2, cy: top + radius, r: radius }),
          draw("path", { d: `M${full + 2} ${top}H${2 * full + 16}` }),
          draw("text", { x: 2 * full + 20, y: top + 4 }, geoRv.writeNumber(value, 2)),
        ];
      }));
  }

  highlight(id) {
    this.areas.get(this.chosen)?.setStyle(geoRv.Theme.edge);
    this.chosen = id === null || id === undefined ? null : String(id);
    const area = this.areas.get(this.chosen);
    if (!area) return;
    area.setStyle({ color: "#12202b", weight: 3.5 }).bringToFront();
    const { map } = this.view;
    if (!map.getBounds().contains(area.getBounds())) map.fitBounds(area.getBounds().pad(0.4), { maxZoom: map.getZoom() });
  }
};

geoRv.nameMeasure = function (title, unit) {
  return unit ? `${title} (${unit})` : title;
};
