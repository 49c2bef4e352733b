// The ranking of patches by weights, as the server ranks them, and the sentence that explains it.

const inOrder = new Intl.Collator("en", { numeric: true });

/** What each known criterion adds to a patch's score, and the score: their mean by the weights. */
function weigh(scores, names, weights) {
  const known = names.filter((name) => scores[name] !== null);
  const total = known.reduce((sum, name) => sum + weights[name], 0);
  const shares = Object.fromEntries(names.map((name) => [name, null]));
  for (const name of known) shares[name] = total > 0 ? (scores[name] * weights[name]) / total : 0;
  return { shares, score: known.reduce((sum, name) => sum + shares[name], 0) };
}

/** The patches by their score, the first first; of equal ones the larger comes first. */
export function rankPatches(patches, names, weights) {
  const weighed = patches.map((patch) => ({ ...patch, ...weigh(patch.scores, names, weights) }));
  weighed.sort((one, other) => other.score - one.score || other.area_m2 - one.area_m2 || inOrder.compare(one.id, other.id));
  return weighed.map((patch, place) => ({ ...patch, rank: place + 1 }));
}

/** A number with so many decimals, as Python writes it: halves go to the even digit. */
export function writeFixed(value, digits) {
  const halves = value * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return value.toFixed(digits);
  const below = Math.floor(value * 10 ** digits);
  return ((below + Math.abs(below % 2)) / 10 ** digits).toFixed(digits);
}

/** A message with its {name} and {name:,.1f} filled from `facts`. */
export function fillTemplate(template, facts) {
  return template.replace(/\{(\w+)(?::(,?)\.(\d)f)?\}/g, (whole, name, comma, digits) => {
    if (digits === undefined) return facts[name];
    const told = writeFixed(facts[name], Number(digits));
    return comma ? told.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",") : told;
  });
}

/** Why a patch stands where it does, in the words of the message catalogue. */
export function explainRank(patch, names, templates, language) {
  const { scores, shares } = patch;
  const title = (name) => templates[`criterion.${name}`];
  const say = (key, facts) => fillTemplate(templates[`sentence.${key}`], facts);
  const known = names.filter((name) => scores[name] !== null);
  const parts = [...known].sort((one, other) => shares[other] - shares[one]).map((name) => say("part", {
    criterion: title(name), value: fillTemplate(templates[`value.${name}`], patch), own: scores[name], share: shares[name],
  }));
  const sentences = [say("whole", { ...patch, parts: parts.join(templates["sentence.comma"]) })];
  const best = [...known].sort((one, other) => scores[other] - scores[one]);
  if (best.length > 1) sentences.push(say("best", { criterion: title(best[0]) }) + say("worst", { criterion: title(best.at(-1)) }));
  // level land faces nowhere, which is known
  const unknown = names.filter((name) => scores[name] === null && !(name === "aspect" && patch.aspect_title !== null));
  if (unknown.length) sentences.push(say("unknown", { criteria: unknown.map(title).join(language === "zh" ? "、" : ", ") }));
  return sentences.join(language === "en" ? " " : "");
}
