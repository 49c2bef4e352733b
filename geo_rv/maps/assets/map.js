// The view: one map with its layers and tools, and what the pages may ask of it.
"use strict";

geoRv.View = class {
  constructor(map, options) {
    this.map = map;
    this.options = options;
    this.frame = map.getContainer().parentElement;
    this.clicks = [];
    this.featureClicks = new Map();
    this.byKeyboard = false;
    this.background = L.layerGroup().addTo(map);
    this.layers = new Map(options.layers.map((spec, rank) => [spec.kind, new geoRv.FeatureLayer(this, spec, rank)]));
    this.panel = new geoRv.Panel(this);
    this.search = new geoRv.Search(this);
    this.measure = new geoRv.Measure(this);
    this.coordinates = new geoRv.Coordinates(this);
    this.finding = new geoRv.Finding(this);
    this.theme = new geoRv.Theme(this);
    this.furnish();
    this.listen();
  }

  /** Put the tools round the map. */
  furnish() {
    const { make } = geoRv;
    const container = this.map.getContainer();
    this.busy = make("div", { class: "geo-rv-busy", hidden: true });
    this.tools = make("div", { class: "geo-rv-tools", role: "toolbar", "aria-label": this.text("tools"), "aria-orientation": "vertical" },
      geoRv.makeButton("plus", this.text("zoom_in"), () => this.map.zoomIn()),
      geoRv.makeButton("minus", this.text("zoom_out"), () => this.map.zoomOut()),
      geoRv.makeButton("whole", this.text("whole"), () => this.fit(this.options.bounds)),
      document.fullscreenEnabled ? geoRv.makeButton("full", this.text("full_screen"), () => this.toggleFullScreen()) : null,
      ...this.measure.buttons);
    const over = make("div", { class: "geo-rv-over" },
      make("div", { class: "geo-rv-top" }, this.search.element, this.panel.button), this.tools, this.measure.element);
    L.DomEvent.disableClickPropagation(over);
    L.DomEvent.disableScrollPropagation(over);
    container.append(over, this.busy);
    L.control.scale({ imperial: false, maxWidth: 120 }).addTo(this.map);
    container.append(this.coordinates.element);
    if (this.options.notice) this.frame.prepend(make("p", { class: "geo-rv-notice", role: "note" }, this.options.notice));
    this.frame.append(this.panel.element);
  }

  listen() {
    const follow = geoRv.settle(() => this.layers.forEach((layer) => layer.follow()), 200);
    this.map.on("moveend", follow);
    this.map.on("zoomend", () => this.layers.forEach((layer) => layer.on && layer.scale()));
    this.map.on("zoomend moveend", () => geoRv.tidyLabels(this.map));
    this.map.on("click", (event) => this.clickMap(event));
    this.map.on("popupopen", ({ popup }) => popup.getElement().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", this.text("close")));
    this.frame.addEventListener("keydown", ({ key }) => (key.startsWith("Arrow") || key === " ") && this.mindKeyboard(true), true);
    this.frame.addEventListener("pointermove", () => this.mindKeyboard(false));
    new ResizeObserver(() => this.resize()).observe(this.frame);
  }

  /** Who works by keyboard is shown the middle of the map. */
  mindKeyboard(on) {
    this.byKeyboard = on;
    this.frame.classList.toggle("geo-rv-keyboard", on);
  }

  resize() {
    this.frame.classList.toggle("geo-rv-narrow", this.narrow);
    this.frame.classList.toggle("geo-rv-low", this.frame.clientHeight < 450);
    this.map.invalidateSize({ pan: false });
  }

  get narrow() {
    return this.frame.clientWidth < 760;
  }

  get measuring() {
    return this.measure.mode !== null;
  }

  /** The text `key` in the page's language, its {placeholders} filled. */
  text(key, facts = {}) {
    return this.options.texts[key].replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? facts[name] : whole));
  }

  nameFeature(spec, feature) {
    return feature.properties.name || String(feature.id) || spec.title;
  }

  /** The features that the page itself holds. */
  readData(kind) {
    const element = [...document.querySelectorAll("script[data-layer]")].find((script) => script.dataset.layer === kind);
    return element ? JSON.parse(element.textContent) : { features: [], numberMatched: 0, numberReturned: 0 };
  }

  /** Show a layer's state in the panel, and whether anything is being loaded. */
  tellState(layer) {
    this.panel.update(layer);
    const loading = [...this.layers.values()].some(({ on, state }) => on && state === "loading");
    this.busy.hidden = !loading;
    this.map.getContainer().setAttribute("aria-busy", String(loading));
    if (!loading) geoRv.tidyLabels(this.map);
  }

  clickMap({ latlng, layerPoint }) {
    if (this.measuring) return;
    const near = this.findNearest(layerPoint);
    if (near) this.tellFeature(near.layer, near.leaf.feature, near.leaf.getLatLng());
    else this.clicks.forEach((tell) => tell(latlng.lng, latlng.lat));
  }

  clickFeature(layer, event) {
    if (this.measuring) return;
    L.DomEvent.stopPropagation(event);
    // a point is small: what was nearly hit is meant rather than the area below it
    const near = this.findNearest(event.layerPoint);
    if (near) this.tellFeature(near.layer, near.leaf.feature, near.leaf.getLatLng());
    else this.tellFeature(layer, event.layer.feature, event.latlng);
  }

  findNearest(place) {
    const reach = matchMedia("(pointer: coarse)").matches ? 14 : 5;
    const found = [...this.layers.values()].filter((layer) => layer.on && layer.spec.interactive)
      .flatMap((layer) => layer.findPoints(place, reach));
    return found.sort((one, other) => one.distance - other.distance)[0];
  }

  tellFeature(layer, feature, latlng) {
    this.openPopup(layer.spec, feature, latlng);
    this.tellClick(layer.spec.kind, feature);
  }

  tellClick(kind, feature) {
    for (const tell of this.featureClicks.get(kind) ?? []) tell(feature);
  }

  openPopup(spec, feature, latlng) {
    L.popup({ maxWidth: 320, minWidth: 200, maxHeight: 340, className: "geo-rv-popup" })
      .setLatLng(latlng).setContent(geoRv.describeFeature(this, spec, feature)).openOn(this.map);
  }

  /** Show one feature that was searched for: its layer, its place, what it is. */
  async showFeature({ layer: kind, id, name, lon, lat }) {
    const layer = this.layers.get(kind);
    const known = layer?.features.get(id);
    const at = L.latLng(lat, lon);
    if (known) this.map.fitBounds(geoRv.measureBounds(known.feature.geometry).pad(0.4), { maxZoom: 17, animate: false });
    else this.map.setView(at, Math.max(this.map.getZoom(), 16), { animate: false });
    if (!layer) return this.showPoint(lon, lat);
    if (layer.large && layer.on) layer.follow();
    else await this.setLayer(kind, true);
    await layer.settled();
    const feature = layer.features.get(id)?.feature ?? { id, properties: { name } };
    if (!known && feature.geometry) this.map.fitBounds(geoRv.measureBounds(feature.geometry).pad(0.4), { maxZoom: 17, animate: false });
    this.openPopup(layer.spec, feature, at);
  }

  setBackground(place) {
    this.background.clearLayers();
    this.frame.classList.toggle("geo-rv-with-background", place !== null);
    if (place === null) return;
    const { url, layers, key } = this.options.tiles[place];
    for (const layer of layers) {
      this.background.addLayer(L.tileLayer(url, { layer, key, subdomains: "01234567", maxNativeZoom: 18, maxZoom: 20 }));
    }
  }

  toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.frame.requestFullscreen();
  }

  // What the pages may ask.

  setLayer(kind, on) {
    return this.layers.get(kind)?.switch(on);
  }

  reloadLayer(kind) {
    return this.layers.get(kind)?.reload();
  }

  onClick(tell) {
    this.clicks.push(tell);
  }

  onFeatureClick(kind, tell) {
    this.featureClicks.set(kind, [...(this.featureClicks.get(kind) ?? []), tell]);
  }

  showFinding(finding) {
    this.finding.show(finding);
  }

  clearFinding() {
    this.finding.clear();
  }

  showPoint(lon, lat) {
    this.finding.showPoint(lon, lat);
  }

  showTheme(theme) {
    this.theme.show(theme);
  }

  highlight(id) {
    this.theme.highlight(id);
  }

  /** Show west, south, east, north; `room` is what stays free at the left and at the top, in pixels. */
  fit([west, south, east, north], room = [0, 0]) {
    this.map.fitBounds([[south, west], [north, east]], { animate: false, paddingTopLeft: room });
  }
};

/** Make the view of the options that the server wrote, and say that it is ready. */
geoRv.open = function (map, options) {
  const view = new geoRv.View(map, options);
  geoRv.view = view;
  view.resize();
  view.panel.open(!view.narrow);
  view.fit(options.bounds);
  for (const spec of options.layers) if (spec.shown) view.setLayer(spec.kind, true);
  document.dispatchEvent(new CustomEvent("geo-rv:ready", { detail: view }));
};
