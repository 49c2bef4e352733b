// What a feature is: its name, its fields with titles and units, all of it as text.
"use strict";

/** A value as its field's title, unit and choices tell it; empty where there is nothing to tell. */
geoRv.writeValue = function (view, field, value) {
  if (value === null || value === undefined || value === "") return "";
  if (field.name === "village") return view.options.villageNames[value] ?? value;
  if (field.choices[value]) return field.choices[value];
  if (field.type === "boolean") return view.text(value ? "yes" : "no");
  if (field.type === "integer" || field.type === "number") return `${geoRv.writeNumber(value, 3)} ${field.unit}`.trim();
  return String(value);
};

/** The element that tells everything about `feature`. */
geoRv.describeFeature = function (view, spec, feature) {
  const { make } = geoRv;
  const facts = make("dl", {});
  for (const field of spec.fields) {
    const value = geoRv.writeValue(view, field, feature.properties[field.name]);
    if (value && field.name !== "name") facts.append(make("dt", {}, field.title), make("dd", {}, value));
  }
  return make("section", { class: "geo-rv-feature" },
    make("p", { class: "geo-rv-of" }, spec.title),
    make("h2", {}, view.nameFeature(spec, feature)),
    facts);
};
