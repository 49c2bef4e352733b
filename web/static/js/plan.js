// A planned cemetery as text: GeoJSON, which the server takes, and its short form in an address.

const MOST_CORNERS = 60; // an address that is longer is cut by mail programs
const DECIMALS = 7; // a centimetre

/** The GeoJSON text of a polygon through corners [longitude, latitude]. */
export function writePlan(corners) {
  const rounded = corners.map((corner) => corner.map((degrees) => Number(degrees.toFixed(DECIMALS))));
  return JSON.stringify({ type: "Polygon", coordinates: [[...rounded, rounded[0]]] });
}

/** The GeoJSON that a text is; null where it is none. */
export function readPlan(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The short form of a plan, for the address; null where it has none. */
export function shortenPlan(text) {
  const plan = readPlan(text);
  if (plan?.type !== "Polygon" || plan.coordinates?.length !== 1) return null;
  const corners = plan.coordinates[0]?.slice(0, -1) ?? [];
  const usable = corners.length >= 3 && corners.length <= MOST_CORNERS && corners.every(isCorner);
  return usable ? corners.map((corner) => corner.join(",")).join("_") : null;
}

/** The GeoJSON text that a short form stands for; empty where it is no such form. */
export function expandPlan(short) {
  const corners = (short ?? "").split("_").map((corner) => corner.split(",").map(Number));
  return corners.length >= 3 && corners.every(isCorner) ? writePlan(corners) : "";
}

const isCorner = (corner) => corner?.length === 2 && corner.every(Number.isFinite);
