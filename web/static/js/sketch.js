// Drawing a polygon on the map, corner by corner: by pointer, finger or keyboard.

import { readPlan } from "./plan.js";

const SAME_PX = 4;
const CLOSING_PX = 12;
const STYLE = { color: "#6a1b9a", weight: 2.5, fillColor: "#6a1b9a", fillOpacity: 0.18, interactive: false };

export class Sketch {
  /** `changed` is called with the corners after each change, `finished` with them at the end. */
  constructor(view, { changed, finished }) {
    Object.assign(this, { view, changed, finished });
    this.on = false;
    this.corners = []; // Leaflet's points
    this.pane = "sketch";
    view.map.createPane(this.pane).style.zIndex = 630;
    this.drawing = window.L.layerGroup().addTo(view.map);
    view.onClick((lon, lat) => this.on && this.add(window.L.latLng(lat, lon)));
    view.map.on("dblclick", () => this.finish());
    view.map.on("mousemove", ({ latlng }) => this.on && !view.byKeyboard && this.draw(latlng));
    view.frame.addEventListener("keydown", (event) => this.press(event));
  }

  start() {
    this.clear();
    this.switch(true);
    this.view.map.getContainer().focus({ preventScroll: true });
  }

  switch(on) {
    this.on = on;
    this.view.frame.classList.toggle("sketching", on);
    const { doubleClickZoom } = this.view.map;
    // the click that ends a drawing must not zoom
    if (on) doubleClickZoom.disable();
    else setTimeout(() => doubleClickZoom.enable(), 300);
    this.changed(this.corners);
  }

  add(corner) {
    const apart = (other) => this.view.map.latLngToContainerPoint(other).distanceTo(this.view.map.latLngToContainerPoint(corner));
    if (this.corners.length > 2 && apart(this.corners[0]) < CLOSING_PX) return this.finish();
    if (this.corners.length && apart(this.corners.at(-1)) < SAME_PX) return undefined;
    this.corners.push(corner);
    this.draw();
    return this.changed(this.corners);
  }

  undo() {
    this.corners.pop();
    this.draw();
    this.changed(this.corners);
  }

  finish() {
    if (!this.on || this.corners.length < 3) return;
    this.switch(false);
    this.draw();
    this.finished(this.corners.map(({ lng, lat }) => [lng, lat]));
  }

  clear() {
    this.corners = [];
    this.drawing.clearLayers();
    if (this.on) this.switch(false);
    else this.changed(this.corners);
  }

  press(event) {
    if (!this.on) return;
    const onMap = event.target === this.view.map.getContainer();
    if (event.key === "Escape") this.clear();
    else if (event.key === "Enter" && onMap) this.finish();
    else if (event.key === " " && onMap) this.add(this.view.map.getCenter());
    else if (event.key === "Backspace" && onMap) this.undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Draw the corners so far, with the place under the pointer. */
  draw(pointer = null) {
    const style = { ...STYLE, pane: this.pane };
    this.drawing.clearLayers();
    this.drawing.addLayer(window.L.polygon(pointer ? [...this.corners, pointer] : this.corners, style));
    if (!this.on) return;
    for (const corner of this.corners) {
      this.drawing.addLayer(window.L.circleMarker(corner, { ...style, radius: 5, color: "#ffffff", weight: 2, fillOpacity: 1 }));
    }
  }

  /** Show what a GeoJSON text holds, and look at it; nothing where it holds nothing to draw. */
  show(text) {
    this.clear();
    const plan = readPlan(text);
    if (!plan) return;
    try {
      const style = { ...STYLE, pane: this.pane };
      const drawn = window.L.geoJSON(plan, { style, pointToLayer: (_, place) => window.L.circleMarker(place, style) });
      this.drawing.addLayer(drawn);
      if (drawn.getBounds().isValid()) this.view.map.fitBounds(drawn.getBounds().pad(0.6), { maxZoom: 15, animate: false });
    } catch {
      // what cannot be drawn is told by the server, which judges it
      this.drawing.clearLayers();
    }
  }
}
