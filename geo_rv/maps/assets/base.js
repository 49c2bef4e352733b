// What every part of the map needs: elements made of text alone, icons, numbers, waiting.
"use strict";

window.geoRv = { view: null };

/** Put attributes and children into `element`; a function is a listener, text stays text. */
geoRv.fill = function (element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

geoRv.make = function (tag, attributes = {}, ...children) {
  return geoRv.fill(document.createElement(tag), attributes, children);
};

/** The same for a drawing (SVG). */
geoRv.draw = function (tag, attributes = {}, ...children) {
  return geoRv.fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
};

/** Line drawings of 24 by 24 for the buttons. */
geoRv.icons = {
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  whole: "M3 11l9-7 9 7M5.5 9.5V20h13V9.5M10 20v-6h4v6",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  length: "M3 17L17 3l4 4L7 21zM7 13l2 2M10 10l2 2M13 7l2 2",
  area: "M5 5h14v14H5zM5 5m-2 0a2 2 0 1 0 4 0 2 2 0 1 0-4 0M19 19m-2 0a2 2 0 1 0 4 0 2 2 0 1 0-4 0",
  layers: "M12 3l9 5-9 5-9-5zM3 12.5l9 5 9-5M3 17l9 5 9-5",
  close: "M6 6l12 12M18 6L6 18",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 1 0 0-13M15.5 15.5L21 21",
};

geoRv.icon = function (name) {
  return geoRv.draw("svg", { viewBox: "0 0 24 24", class: "geo-rv-icon", "aria-hidden": "true" },
    geoRv.draw("path", { d: geoRv.icons[name] }));
};

/** A button that shows an icon and says its title. */
geoRv.makeButton = function (icon, title, click, attributes = {}) {
  return geoRv.make("button", { type: "button", title, "aria-label": title, click, ...attributes }, geoRv.icon(icon));
};

/** A number with separated thousands and at most `digits` decimals. */
geoRv.writeNumber = function (value, digits = 0) {
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: digits }).format(value);
};

/** `action`, run once the calls for it have stopped for so many milliseconds. */
geoRv.settle = function (action, milliseconds) {
  let timer = null;
  return (...facts) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...facts), milliseconds);
  };
};

/** Every position [longitude, latitude] of a GeoJSON geometry. */
geoRv.listPositions = function (geometry) {
  if (!geometry) return [];
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(geoRv.listPositions);
  const depth = { Point: 0, LineString: 1, MultiPoint: 1, Polygon: 2, MultiLineString: 2, MultiPolygon: 3 }[geometry.type];
  return depth === 0 ? [geometry.coordinates] : geometry.coordinates.flat(depth - 1);
};

/** What a GeoJSON geometry fills, as Leaflet's bounds. */
geoRv.measureBounds = function (geometry) {
  return L.latLngBounds(geoRv.listPositions(geometry).map(([lon, lat]) => [lat, lon]));
};
