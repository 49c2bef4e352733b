// Where the pointer is: longitude and latitude, and the plane's X (north) and Y (east).
"use strict";

geoRv.Coordinates = class {
  constructor(view) {
    this.view = view;
    const { make } = geoRv;
    const geographic = "+proj=longlat +ellps=GRS80 +no_defs";
    this.plane = proj4(geographic, view.options.plane.proj);
    this.degrees = make("span", {});
    this.metres = make("span", { title: view.options.plane.title });
    this.element = make("div", { class: "geo-rv-coordinates" }, this.degrees, this.metres,
      make("span", { class: "geo-rv-plane" }, view.options.plane.title));
    view.map.on("mousemove", (event) => this.show(event.latlng));
    // where there is no pointer, the middle of the map is told
    view.map.on("moveend", () => this.show(view.map.getCenter()));
  }

  show(latlng) {
    const { lng, lat } = latlng.wrap();
    this.degrees.textContent = this.view.text("degrees", {
      lon: Math.abs(lng).toFixed(6), lat: Math.abs(lat).toFixed(6),
      east: this.view.text(lng < 0 ? "west" : "east"), north: this.view.text(lat < 0 ? "south" : "north"),
    });
    const [easting, northing] = this.plane.forward([lng, lat]);
    const known = Number.isFinite(easting) && Number.isFinite(northing);
    this.metres.textContent = known ? `X ${northing.toFixed(2)}  Y ${easting.toFixed(2)}` : "";
  }
};
