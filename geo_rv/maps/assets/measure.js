// Lengths and areas on the ellipsoid of CGCS2000, by clicking points: Karney's geodesics.
"use strict";

geoRv.Measure = class {
  static ellipsoid = new geodesic.Geodesic.Geodesic(6378137, 1 / 298.257222101);

  constructor(view) {
    this.view = view;
    this.mode = null; // length or area
    this.points = [];
    this.pane = "geo-rv-measure";
    view.map.createPane(this.pane).style.zIndex = 640;
    this.drawing = L.layerGroup();
    const { make } = geoRv;
    this.buttons = ["length", "area"].map((mode) => geoRv.makeButton(mode, view.text(`measure_${mode}`),
      () => (this.mode === mode ? this.stop() : this.start(mode)), { "aria-pressed": "false", "data-mode": mode }));
    this.result = make("output", { class: "geo-rv-result" });
    this.hint = make("p", {});
    this.element = make("div", { class: "geo-rv-measured", hidden: true }, make("div", {}, this.result, this.hint),
      geoRv.makeButton("close", view.text("measure_close"), () => this.stop()));
    view.map.on("click", (event) => this.mode && this.add(event.latlng));
    view.map.on("mousemove", (event) => this.mode && !this.view.byKeyboard && this.show(event.latlng));
    view.map.on("dblclick", () => this.mode && this.end());
    view.frame.addEventListener("keydown", (event) => this.press(event));
  }

  start(mode) {
    this.stop();
    this.mode = mode;
    this.points = [];
    this.drawing.addTo(this.view.map);
    this.view.map.doubleClickZoom.disable();
    this.view.map.closePopup();
    this.hint.textContent = this.view.text("measure_hint");
    this.element.hidden = false;
    this.mark();
    this.show();
    this.view.map.getContainer().focus({ preventScroll: true });
  }

  /** No more points; what is measured stays. */
  end() {
    if (!this.mode) return;
    if (this.points.length < 2) return this.stop();
    this.show();
    this.mode = null;
    this.hint.textContent = "";
    this.mark();
    // the click that ended it must not zoom
    setTimeout(() => this.view.map.doubleClickZoom.enable(), 300);
  }

  stop() {
    this.mode = null;
    this.drawing.clearLayers().remove();
    this.element.hidden = true;
    this.view.map.doubleClickZoom.enable();
    this.mark();
  }

  mark() {
    this.view.frame.classList.toggle("geo-rv-measuring", this.mode !== null);
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.mode === this.mode));
  }

  add(latlng) {
    const last = this.points.at(-1);
    if (last && this.view.map.latLngToContainerPoint(last).distanceTo(this.view.map.latLngToContainerPoint(latlng)) < 3) return;
    this.points.push(latlng);
    this.show();
  }

  press(event) {
    if (!this.mode) return;
    const onMap = event.target === this.view.map.getContainer();
    if (event.key === "Escape") this.end();
    else if (event.key === "Enter" && onMap) this.end();
    else if (event.key === " " && onMap) this.add(this.view.map.getCenter());
    else if (event.key === "Backspace" && onMap) this.points.pop();
    else return;
    this.show();
    event.preventDefault();
    event.stopPropagation();
  }

  /** Draw and tell the points so far, with the one under the pointer. */
  show(pointer = null) {
    if (!this.mode) return;
    const points = pointer ? [...this.points, pointer] : this.points;
    const style = { pane: this.pane, interactive: false, color: "#b3261e", weight: 2.5, fillColor: "#b3261e", fillOpacity: 0.12 };
    this.drawing.clearLayers();
    this.drawing.addLayer(this.mode === "area" ? L.polygon(points, style) : L.polyline(points, style));
    for (const point of this.points) {
      this.drawing.addLayer(L.circleMarker(point, { ...style, radius: 4, color: "#ffffff", weight: 1.5, fillOpacity: 1 }));
    }
    this.result.textContent = this.mode === "area" ? this.tellArea(points) : this.tellLength(points);
  }

  tellLength(points) {
    return geoRv.writeLength(this.view, geoRv.measureLength(points));
  }

  tellArea(points) {
    const { area, perimeter } = geoRv.measureArea(points);
    return this.view.text("measured_area", {
      metres: geoRv.writeNumber(area, 1), hectares: geoRv.writeNumber(area / 1e4, 4), mu: geoRv.writeNumber(area / (2000 / 3), 3),
      perimeter: geoRv.writeLength(this.view, perimeter),
    });
  }
};

/** The geodesic length in metres of the line through Leaflet points. */
geoRv.measureLength = function (points) {
  let length = 0;
  for (let place = 1; place < points.length; place += 1) {
    const [from, to] = [points[place - 1], points[place]];
    length += geoRv.Measure.ellipsoid.Inverse(from.lat, from.lng, to.lat, to.lng).s12;
  }
  return length;
};

/** The area in square metres and the perimeter in metres of the geodesic polygon. */
geoRv.measureArea = function (points) {
  const polygon = geoRv.Measure.ellipsoid.Polygon(false);
  for (const point of points) polygon.AddPoint(point.lat, point.lng);
  const { area, perimeter } = polygon.Compute(false, true);
  return { area: points.length < 3 ? 0 : Math.abs(area), perimeter };
};

geoRv.writeLength = function (view, metres) {
  return metres < 10_000
    ? view.text("length_m", { metres: geoRv.writeNumber(metres, 2) })
    : view.text("length_km", { kilometres: geoRv.writeNumber(metres / 1000, 3) });
};
