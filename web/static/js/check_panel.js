// What the panel of the burial check tells: one finding in full, or every rule about a point.

import { element, link, makeFacts, page, tell, writeMetres } from "./page.js";

const badge = (finding) => element("span", { class: `badge ${finding.verdict}` }, finding.verdict_title);

/** By how much a limit in metres is kept; rules without one (inside or outside) have none. */
const writeMargin = ({ limit_m, margin_m }) => (limit_m > 0 ? writeMetres(margin_m) : null);

/** The law behind a rule, and whether the authority still has to confirm it. */
function describeLaw(finding) {
  const law = [finding.authority, finding.document, finding.article].filter(Boolean).join(" · ");
  const unsure = finding.needs_confirmation ? element("span", { class: "badge unsure" }, tell("unconfirmed")) : null;
  return element("div", { class: "law" },
    element("p", {}, element("b", {}, tell("law")), " ", law, " ", unsure),
    finding.note ? element("p", {}, finding.note) : null);
}

/** The way to the row of the remedies that tells where a grave that breaks a rule can go. */
export function linkRemedy({ layer, site, verdict }, day) {
  if (layer !== "burial" || verdict !== "violation") return null;
  const address = link(page.urls.remedies, { show: "graves", site, as_of: day });
  return element("p", {}, element("a", { href: address }, tell("where_to")));
}

/** The elements that tell one finding in full, in `words` that the server has found for it. */
export function describeFinding(finding, words = finding.reason) {
  return [
    element("p", { class: "verdict-line" }, badge(finding), " ", element("b", {}, finding.rule), " ", finding.rule_title),
    element("p", { class: "reason" }, words),
    makeFacts([
      ["village", page.villages[finding.village]],
      ["distance", writeMetres(finding.distance_m)],
      ["limit", finding.limit_m > 0 ? writeMetres(finding.limit_m, 0) : null],
      ["margin", writeMargin(finding)],
      ["nearest", finding.constraint_name && `${finding.constraint_name} (${finding.constraint_layer_title})`],
    ]),
    describeLaw(finding),
  ];
}

/** The elements that tell every rule about a point, the broken ones first. */
export function describePoint(answer) {
  const summary = element("p", { class: "reason" }, answer.sentence);
  const items = answer.findings.map((finding) => element(
    "details",
    { class: "rule", open: finding.verdict === "violation" },
    element("summary", {},
      badge(finding), " ", element("b", {}, finding.rule), " ", finding.rule_title,
      element("span", { class: "summary-margin" }, writeMargin(finding) ?? "")),
    ...describeFinding(finding).slice(1),
  ));
  return [summary, ...items];
}
