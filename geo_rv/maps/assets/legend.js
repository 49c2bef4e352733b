// The panel of layers, which is the legend: a box to tick and the very style the map draws with.
"use strict";

geoRv.Panel = class {
  constructor(view) {
    this.view = view;
    this.rows = new Map();
    const { make } = geoRv;
    this.body = make("div", { class: "geo-rv-panel-body" },
      ...view.options.groups.map((group) => this.makeGroup(group)),
      this.makeBackgrounds());
    this.close = geoRv.makeButton("close", view.text("hide_layers"), () => this.open(false));
    this.element = make("aside", { class: "geo-rv-panel", "aria-label": view.text("layers"), keydown: (event) => this.press(event) },
      make("header", {}, make("h2", {}, view.text("layers")), this.close),
      this.body);
    this.button = make("button", {
      type: "button", class: "geo-rv-open-layers", "aria-expanded": "false", click: () => { this.open(true); this.close.focus(); },
    }, geoRv.icon("layers"), make("span", {}, view.text("layers_short")));
  }

  open(on) {
    const had = this.element.contains(document.activeElement);
    this.element.hidden = !on;
    this.button.setAttribute("aria-expanded", String(on));
    this.view.frame.classList.toggle("geo-rv-with-panel", on);
    this.view.map.invalidateSize({ pan: false });
    if (!on && had) this.button.focus();
  }

  press(event) {
    if (event.key !== "Escape" || !this.view.narrow) return;
    event.stopPropagation();
    this.open(false);
  }

  makeGroup(group) {
    const layers = this.view.options.layers.filter((spec) => spec.group === group.name).reverse();
    if (!layers.length) return null;
    const { make } = geoRv;
    return make("details", { open: layers.some((spec) => spec.shown) },
      make("summary", {}, make("h3", {}, group.title)),
      make("ul", {}, ...layers.map((spec) => this.makeRow(spec))));
  }

  makeRow(spec) {
    const { make } = geoRv;
    const box = make("input", { type: "checkbox", change: () => this.view.setLayer(spec.kind, box.checked) });
    const note = make("p", { class: "geo-rv-note", role: "status", hidden: true });
    const classes = this.makeClasses(spec);
    const row = make("li", { "data-layer": spec.kind },
      make("label", { title: spec.description }, box, geoRv.drawSwatch(spec),
        make("span", { class: "geo-rv-title" }, spec.title),
        make("span", { class: "geo-rv-count" }, geoRv.writeNumber(spec.count))),
      note, classes);
    this.rows.set(spec.kind, { row, box, note, classes });
    return row;
  }

  /** A swatch and a title for each class that the layer's colours go by. */
  makeClasses(spec) {
    const { make } = geoRv;
    const field = spec.fields.find(({ name }) => name === spec.style.by);
    if (!field) return null;
    const known = Object.entries(field.choices).filter(([value]) => spec.style.colours[value]);
    return make("ul", { class: "geo-rv-classes", hidden: true },
      ...known.map(([value, title]) => make("li", {}, geoRv.drawSwatch(spec, value), make("span", {}, title))));
  }

  makeBackgrounds() {
    const { tiles } = this.view.options;
    if (!tiles.length) return null;
    const { make } = geoRv;
    const choose = (title, place, checked) => make("li", {}, make("label", {},
      make("input", { type: "radio", name: "geo-rv-background", checked, change: () => this.view.setBackground(place) }),
      make("span", { class: "geo-rv-title" }, title)));
    return make("details", { open: true },
      make("summary", {}, make("h3", {}, this.view.text("background"))),
      make("ul", {}, choose(this.view.text("background_none"), null, true), ...tiles.map((tile, place) => choose(tile.title, place, false))));
  }

  /** Show how the layer is: on, loading, shown in part, failed. */
  update(layer) {
    const parts = this.rows.get(layer.spec.kind);
    if (!parts) return;
    const { row, box, note, classes } = parts;
    box.checked = layer.on;
    row.setAttribute("aria-busy", String(layer.on && layer.state === "loading"));
    if (classes) classes.hidden = !layer.on;
    note.hidden = !(layer.on && ["partial", "failed"].includes(layer.state));
    note.classList.toggle("geo-rv-failed", layer.state === "failed");
    note.replaceChildren();
    if (note.hidden) return;
    note.append(this.view.text(layer.state, { shown: geoRv.writeNumber(layer.returned) }));
    if (layer.state === "failed") {
      note.append(" ", geoRv.make("button", { type: "button", click: () => layer.reload() }, this.view.text("retry")));
    }
  }
};

/** The sample of a layer's style, or of one class of it, drawn as the map draws it. */
geoRv.drawSwatch = function (spec, value) {
  const { style } = spec;
  const { draw } = geoRv;
  const colour = style.colours[value] ?? style.colour;
  const fill = style.colours[value] ?? (style.fill || style.colour);
  const shape = spec.geometry.includes("point") ? "point" : spec.geometry[0];
  const line = { stroke: colour, "stroke-dasharray": style.dash || null };
  const sample = {
    point: () => draw("circle", { cx: 13, cy: 9, r: Math.min(Math.max(style.radius, 3.5), 7), fill, "fill-opacity": style.fillOpacity, stroke: style.by ? "#ffffff" : colour, "stroke-width": 1 }),
    line: () => draw("path", { d: "M1 13C8 2 17 16 25 5", fill: "none", "stroke-width": Math.max(style.weights[value] ?? style.weight, 1.4), ...line }),
    polygon: () => draw("rect", { x: 2, y: 2, width: 22, height: 14, rx: 2, fill, "fill-opacity": style.fillOpacity, "stroke-width": Math.min(style.weight, 2), ...line }),
  }[shape];
  return draw("svg", { viewBox: "0 0 26 18", width: 26, height: 18, class: "geo-rv-swatch", "aria-hidden": "true" }, sample());
};
