// What a check found, on the map: both features, the line between them, the limit round the one.
"use strict";

geoRv.Finding = class {
  constructor(view) {
    this.view = view;
    this.below = "geo-rv-finding-area";
    this.pane = "geo-rv-finding";
    view.map.createPane(this.below).style.zIndex = 560;
    view.map.createPane(this.pane).style.zIndex = 610;
    this.drawing = L.layerGroup().addTo(view.map);
  }

  clear() {
    this.drawing.clearLayers();
  }

  show({ site, constraint, segment, buffer, labels = {} }) {
    this.clear();
    if (buffer) this.addBuffer(buffer);
    if (segment) this.addSegment(segment, labels.segment);
    // the names stand away from each other
    const eastward = segment && segment[0][0] > segment[1][0];
    if (constraint) {
      this.addFeature(constraint, { color: "#2b3a8c", fillColor: "#2b3a8c" });
      this.addName(labels.constraint, constraint, segment?.[1], eastward ? "left" : "right");
    }
    if (site) {
      this.addFeature(site, { color: "#a81e17", fillColor: "#e5534a" });
      this.addName(labels.site, site, segment?.[0], eastward ? "right" : "left");
    }
    this.zoom(site, constraint, segment);
  }

  addBuffer(geometry) {
    this.drawing.addLayer(L.geoJSON(geometry, {
      pane: this.below, interactive: false,
      style: { color: "#a81e17", weight: 1.5, dashArray: "5 5", fillColor: "#d9483f", fillOpacity: 0.12 },
    }));
  }

  /** A feature with a light edge, so that it stands out on any background. */
  addFeature(feature, colours) {
    const style = { pane: this.pane, interactive: false, weight: 3.5, fillOpacity: 0.45, ...colours };
    const edge = { ...style, color: "#ffffff", weight: 8, opacity: 0.9, fillOpacity: 0 };
    const point = (options) => (_, latlng) => L.circleMarker(latlng, { ...options, radius: 9 });
    this.drawing.addLayer(L.geoJSON(feature, { ...edge, style: edge, pointToLayer: point(edge) }));
    this.drawing.addLayer(L.geoJSON(feature, { ...style, style, pointToLayer: point(style) }));
  }

  addName(label, { geometry }, at, direction) {
    if (label && geometry) this.addLabel(label, at ?? geoRv.findMiddle(geometry), direction, "geo-rv-finding-name");
  }

  addSegment(segment, label) {
    const points = segment.map(([lon, lat]) => [lat, lon]);
    for (const [color, weight] of [["#ffffff", 6], ["#1b1b1b", 2.5]]) {
      this.drawing.addLayer(L.polyline(points, { pane: this.pane, interactive: false, color, weight, dashArray: weight < 3 ? "7 5" : null }));
    }
    const middle = [0, 1].map((axis) => (segment[0][axis] + segment[1][axis]) / 2);
    if (label) this.addLabel(label, middle, "top", "geo-rv-finding-length");
  }

  addLabel(label, [lon, lat], direction, className) {
    const offset = { left: [-8, 0], right: [8, 0], top: [0, -12] }[direction];
    this.drawing.addLayer(L.tooltip({ permanent: true, direction, offset, className: `geo-rv-tag ${className}` })
      .setLatLng([lat, lon]).setContent(geoRv.make("span", {}, label)));
  }

  /** A constraint may run through the whole town: the site and the line to it decide. */
  zoom(site, constraint, segment) {
    const box = L.latLngBounds([]);
    if (site?.geometry) box.extend(geoRv.measureBounds(site.geometry));
    if (segment) box.extend(segment.map(([lon, lat]) => [lat, lon]));
    else if (constraint?.geometry) box.extend(geoRv.measureBounds(constraint.geometry));
    if (box.isValid()) this.view.map.fitBounds(box.pad(0.6), { maxZoom: 17 });
  }

  showPoint(lon, lat) {
    const style = { pane: this.pane, interactive: false };
    this.drawing.addLayer(L.circleMarker([lat, lon], { ...style, radius: 10, color: "#ffffff", weight: 3, fillColor: "#a81e17", fillOpacity: 1 }));
    this.drawing.addLayer(L.circleMarker([lat, lon], { ...style, radius: 3, color: "#ffffff", weight: 1, fillColor: "#ffffff", fillOpacity: 1 }));
  }
};
