// Names written on the map: where they stand, and which of them there is room for.
"use strict";

/** A feature's name, to be added to the map as a layer of its own; `at` is [longitude, latitude]. */
geoRv.makeLabel = function (feature, { at, direction = "center", offset = [0, 0] } = {}) {
  const shape = { Point: "point", LineString: "line", Polygon: "polygon" }[feature.geometry.type.replace("Multi", "")] ?? "point";
  const [lon, lat] = at ?? geoRv.findMiddle(feature.geometry);
  return L.tooltip({ permanent: true, direction, offset, className: `geo-rv-label geo-rv-label-${shape}` })
    .setLatLng([lat, lon]).setContent(geoRv.make("span", {}, feature.properties.name));
};

/** A place in the middle of a geometry: of an area inside its largest part, of a line on it. */
geoRv.findMiddle = function (geometry) {
  if (!geometry.type.endsWith("Polygon")) {
    const positions = geoRv.listPositions(geometry);
    return positions[Math.floor(positions.length / 2)];
  }
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const size = ([ring]) => Math.abs(ring.reduce((sum, [x, y], place) => {
    const [nextX, nextY] = ring[(place + 1) % ring.length];
    return sum + x * nextY - nextX * y;
  }, 0));
  return geoRv.findInside(polygons.reduce((one, other) => (size(other) > size(one) ? other : one)));
};

/** The middle of the widest stretch of a polygon at half its height. */
geoRv.findInside = function (rings) {
  const heights = rings[0].map(([, y]) => y);
  const level = (Math.min(...heights) + Math.max(...heights)) / 2;
  const crossings = rings.flatMap((ring) => ring.slice(1).flatMap(([x, y], place) => {
    const [fromX, fromY] = ring[place];
    return fromY > level === y > level ? [] : [fromX + ((level - fromY) / (y - fromY)) * (x - fromX)];
  })).sort((one, other) => one - other);
  let [from, to] = crossings;
  for (let place = 2; place + 1 < crossings.length; place += 2) {
    if (crossings[place + 1] - crossings[place] > to - from) [from, to] = crossings.slice(place, place + 2);
  }
  return from === undefined ? rings[0][0] : [(from + to) / 2, level];
};

/** Hide names that would lie upon one another; areas' names come first. */
geoRv.tidyLabels = function (map) {
  const taken = [];
  // Leaflet leaves a label that was taken away a moment to fade
  const labels = [...map.getPane("tooltipPane").querySelectorAll(".geo-rv-label")].filter((label) => label.style.opacity !== "0");
  const order = (label) => ["polygon", "line", "point"].findIndex((shape) => label.classList.contains(`geo-rv-label-${shape}`));
  const boxes = labels.sort((one, other) => order(one) - order(other)).map((label) => [label, label.getBoundingClientRect()]);
  for (const [label, box] of boxes) {
    const free = taken.every((other) => box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom);
    label.classList.toggle("geo-rv-crowded", !free);
    if (free) taken.push(box);
  }
};
