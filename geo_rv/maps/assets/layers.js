// One layer of the map: where its features come from, how they are drawn, when they are asked for.
"use strict";

geoRv.FeatureLayer = class {
  /** `rank` is the layer's place in the drawing order, from below. */
  constructor(view, spec, rank) {
    this.view = view;
    this.spec = spec;
    this.pane = `geo-rv-${spec.kind}`;
    view.map.createPane(this.pane).style.zIndex = 400 + 5 * rank;
    this.on = false;
    this.state = "off"; // off, loading, ready, partial or failed
    this.returned = 0;
    this.features = new Map(); // by id: the Leaflet layers
    this.group = L.featureGroup();
    this.common = { pane: this.pane, interactive: spec.interactive, renderer: L.svg({ pane: this.pane, padding: 0.4 }) };
    this.large = Boolean(spec.url) && spec.count > view.options.budget;
    this.loading = null;
    this.asked = null;
    if (spec.interactive) this.listen();
  }

  listen() {
    this.group.on("click", (event) => this.view.clickFeature(this, event));
    if (this.spec.style.label) return;
    this.group.bindTooltip((leaf) => geoRv.make("span", {}, this.view.nameFeature(this.spec, leaf.feature)), {
      sticky: true,
      className: "geo-rv-hover",
    });
  }

  /** Switch the layer on or off; done when its features are drawn. */
  async switch(on) {
    this.on = on;
    if (on) {
      this.group.addTo(this.view.map);
      if (this.asked === null) this.load();
      await this.settled();
    } else {
      this.asked?.abort.abort();
      if (this.large || this.state !== "ready") this.clear();
      this.group.remove();
      this.view.tellState(this);
    }
  }

  /** Forget what was loaded and, where the layer is on, load again. */
  async reload() {
    this.asked?.abort.abort();
    this.asked = null;
    if (!this.on) return;
    this.load();
    await this.settled();
  }

  /** Done when no request of this layer is under way. */
  async settled() {
    while (this.loading) await this.loading;
  }

  clear() {
    this.asked = null;
    this.state = "off";
    this.features.clear();
    this.group.clearLayers();
  }

  /** After a move: ask again where the layer is too large to be had at once. */
  follow() {
    if (!this.on || !this.large) return;
    const { asked, view } = this;
    const sight = view.map.getBounds();
    const same = asked && asked.zoom === view.map.getZoom();
    // what is there in full need not be asked for again, nor what is under way or cannot be had in full
    const known = same && (asked.sight.equals(sight) || (this.state === "ready" && asked.box.contains(sight)));
    if (!known) this.load();
  }

  load() {
    this.asked?.abort.abort();
    const { map } = this.view;
    const sight = map.getBounds();
    const asked = { abort: new AbortController(), zoom: map.getZoom(), sight, box: sight.pad(0.2) };
    this.asked = asked;
    this.mark("loading");
    const loading = this.fetch(asked).then(
      (collection) => this.asked === asked && this.put(collection),
      () => this.asked === asked && !asked.abort.signal.aborted && this.mark("failed"),
    ).finally(() => {
      if (this.loading === loading) this.loading = null;
    });
    this.loading = loading;
  }

  mark(state) {
    this.state = state;
    this.view.tellState(this);
  }

  /** The features as GeoJSON: from the page itself, or by URL. */
  async fetch({ abort, zoom, box }) {
    if (!this.spec.url) return this.view.readData(this.spec.kind);
    const url = new URL(this.spec.url, location.href);
    if (this.large) {
      const sides = [Math.max(box.getWest(), -180), Math.max(box.getSouth(), -90), Math.min(box.getEast(), 180), Math.min(box.getNorth(), 90)];
      url.searchParams.set("bbox", sides.map((side) => side.toFixed(6)).join(","));
      url.searchParams.set("zoom", zoom);
    }
    const response = await fetch(url, { signal: abort.signal, headers: { Accept: "application/geo+json" } });
    if (!response.ok) throw new Error(response.statusText);
    return response.json();
  }

  /** Draw these features instead of those before. */
  put(collection) {
    const leaves = collection.features.filter((feature) => feature.geometry).map((feature) => this.draw(feature));
    this.features = new Map(leaves.map((leaf) => [String(leaf.feature.id), leaf]));
    this.group.clearLayers();
    const labels = leaves.map((leaf) => this.label(leaf.feature)).filter(Boolean);
    for (const leaf of [...leaves, ...labels]) this.group.addLayer(leaf);
    this.returned = collection.numberReturned;
    this.scale();
    this.mark(collection.numberReturned < collection.numberMatched ? "partial" : "ready");
  }

  draw(feature) {
    const options = { ...this.common, ...this.styleOf(feature) };
    options.pointToLayer = (_, latlng) => L.circleMarker(latlng, options);
    const leaf = L.GeoJSON.geometryToLayer(feature, options);
    leaf.feature = feature;
    leaf.eachLayer?.((part) => { part.feature = feature; });
    return this.standIn(leaf);
  }

  /** The name to be written beside a feature, where the layer's style says so. */
  label(feature) {
    if (!this.spec.style.label || !feature.properties.name) return null;
    const beside = feature.geometry.type === "Point" || this.spec.geometry.includes("point");
    return geoRv.makeLabel(feature, beside ? { direction: "right", offset: [this.spec.style.radius, 0] } : {});
  }

  /** An area that may also be a point is drawn as one where it is too small to be seen. */
  standIn(leaf) {
    if (!(leaf instanceof L.Polygon) || !this.spec.geometry.includes("point")) return leaf;
    const style = this.pointStyle(leaf.feature.properties[this.spec.style.by]);
    const marker = L.circleMarker(leaf.getBounds().getCenter(), { ...this.common, ...style });
    marker.feature = leaf.feature;
    return Object.assign(L.featureGroup([marker]), { feature: leaf.feature, area: leaf, marker });
  }

  styleOf(feature) {
    const value = feature.properties[this.spec.style.by];
    if (feature.geometry.type.endsWith("Point")) return this.pointStyle(value);
    return feature.geometry.type.endsWith("Polygon") ? this.areaStyle(value) : this.lineStyle(value);
  }

  colourOf(value) {
    return this.spec.style.colours[value] ?? this.spec.style.colour;
  }

  pointStyle(value) {
    const { style } = this.spec;
    const colour = this.colourOf(value);
    const plain = style.fill && !style.by;
    return {
      radius: style.radius, base: style.radius, color: plain ? colour : "#ffffff", weight: style.radius < 4 ? 0.6 : 1, opacity: 0.9,
      fillColor: plain ? style.fill : colour, fillOpacity: style.fillOpacity,
    };
  }

  lineStyle(value) {
    const { style } = this.spec;
    const weight = style.weights[value] ?? style.weight;
    return { color: this.colourOf(value), weight, baseWeight: weight, dashArray: style.dash || null, fill: false, opacity: 0.95 };
  }

  areaStyle(value) {
    const { style } = this.spec;
    const own = style.colours[value];
    // the classes of a layer of lines, as rivers, colour the lines: their areas have one fill
    const fill = this.spec.geometry[0] === "line" && style.fill ? style.fill : own ?? (style.fill || style.colour);
    return { color: own ?? style.colour, weight: style.weight, dashArray: style.dash || null, fillColor: fill, fillOpacity: style.fillOpacity };
  }

  /** Fit sizes to the zoom: points and lines grow a little, areas too small to see become points. */
  scale() {
    const { map } = this.view;
    const growth = Math.min(Math.max(1 + (map.getZoom() - 14) * 0.15, 0.6), 1.7);
    const visit = (leaf) => {
      if (leaf.options?.base) leaf.setRadius(leaf.options.base * growth);
      else if (leaf.options?.baseWeight) leaf.setStyle({ weight: leaf.options.baseWeight * Math.min(growth, 1.4) });
      else if (leaf.area) this.swap(leaf);
      if (leaf.eachLayer) leaf.eachLayer(visit);
    };
    this.group.eachLayer(visit);
  }

  /** The point features within so many pixels of a place on the map, with their distances. */
  findPoints(place, reach) {
    const { map } = this.view;
    const found = [];
    const visit = (leaf) => {
      if (leaf instanceof L.CircleMarker) {
        const distance = map.latLngToLayerPoint(leaf.getLatLng()).distanceTo(place) - leaf.getRadius();
        if (distance <= reach) found.push({ layer: this, leaf, distance });
      } else leaf.eachLayer?.(visit);
    };
    this.group.eachLayer(visit);
    return found;
  }

  swap(leaf) {
    const { map } = this.view;
    const box = leaf.area.getBounds();
    const size = map.latLngToLayerPoint(box.getSouthEast()).subtract(map.latLngToLayerPoint(box.getNorthWest()));
    const small = Math.max(size.x, size.y) < 2.2 * this.spec.style.radius;
    if (small === leaf.hasLayer(leaf.marker)) return;
    leaf.removeLayer(small ? leaf.area : leaf.marker);
    leaf.addLayer(small ? leaf.marker : leaf.area);
  }
};
