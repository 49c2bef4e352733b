// What is to happen with the rows that were judged: the mode, the ticks, and a button that says it.

import { element, tell, writeNumber } from "./page.js";

const find = (name) => document.getElementById(name);
const count = (number) => ({ count: writeNumber(number, 0) });

export class Agreement {
  /** `changed` is called when another mode is wanted, `ticked` and `asked` with what is agreed to, `again` to judge anew. */
  constructor({ changed, ticked, asked, again }) {
    this.form = find("agree");
    this.ticked = ticked;
    this.review = null;
    this.dirty = false;
    this.form.addEventListener("change", ({ target }) => {
      if (target.name === "mode") changed();
      else this.tell();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.dirty) again();
      else asked(this.accepted);
    });
  }

  get mode() {
    return this.form.elements.mode.value;
  }

  set mode(mode) {
    this.form.elements.mode.value = mode;
  }

  get accepted() {
    return ["repairs", "partial"].filter((name) => this.form.elements[name].checked && !find(`tick-${name}`).hidden);
  }

  /** Ask about a judgement; null where the files could not be judged. */
  show(review) {
    this.review = review;
    this.dirty = !review;
    for (const name of ["repairs", "partial"]) this.form.elements[name].checked = false;
    this.form.hidden = false;
    this.tell();
  }

  hide() {
    this.form.hidden = true;
  }

  /** Other files are brought: nothing is said of them yet. */
  clear() {
    this.form.reset();
  }

  /** The choices have changed: what was judged is not what is wanted any more. */
  markDirty() {
    this.dirty = true;
    this.tell();
  }

  /** Say in words what will happen. */
  tell() {
    const rows = this.review?.rows ?? { accepted: 0, to_repair: 0, refused: 0 };
    const agreed = this.accepted;
    const repaired = agreed.includes("repairs") ? rows.to_repair : 0;
    const out = rows.refused + rows.to_repair - repaired;
    const isAny = rows.accepted + rows.to_repair > 0;
    this.showTick("repairs", rows.to_repair, rows.to_repair);
    this.showTick("partial", isAny && rows.refused + rows.to_repair, out);
    const button = find("do");
    const blocked = this.dirty ? "" : this.findObstacle(rows, agreed, repaired, out);
    button.textContent = this.dirty ? tell("import_judge_again") : this.tellDeed(rows.accepted, repaired, out);
    button.disabled = Boolean(blocked);
    find("why").textContent = blocked || (this.dirty && this.review ? tell("import_dirty") : this.tellLoss());
    this.ticked(agreed);
  }

  showTick(name, asked, number) {
    const label = find(`tick-${name}`);
    label.hidden = this.dirty || !asked;
    label.querySelector("span").textContent = tell(`import_tick_${name}`, count(number));
  }

  findObstacle(rows, agreed, repaired, out) {
    if (!rows.accepted && !rows.to_repair) return tell("import_nothing");
    if (!rows.accepted && !repaired) return tell("import_unrepaired");
    return out && !agreed.includes("partial") ? tell("import_untold") : "";
  }

  tellDeed(accepted, repaired, out) {
    if (!accepted && !repaired) return tell(this.review?.rows.to_repair ? "import_do_none_yet" : "import_do_nothing");
    const parts = [
      accepted ? tell("import_do_take", count(accepted)) : null,
      repaired ? tell(accepted ? "import_do_repair" : "import_do_repair_only", count(repaired)) : null,
      out ? tell("import_do_return", count(out)) : null,
    ];
    return parts.filter(Boolean).join(tell("import_joint"));
  }

  /** What the layer loses, which must be seen before it happens. */
  tellLoss() {
    const lost = (this.review?.outcome ?? []).filter(({ removed }) => removed);
    return lost.map(({ layer_title: layer, removed }) => tell("import_loss", { layer, ...count(removed) })).join(" ");
  }
}

/** What would become of each layer, in a line each. */
export function describeOutcome(outcome) {
  return outcome.map(({ layer_title: layer, ...numbers }) => {
    const parts = ["added", "changed", "unchanged", "removed"].filter((name) => numbers[name])
      .map((name) => tell(`import_outcome_${name}`, count(numbers[name])));
    return element("p", { class: "outcome" }, element("b", {}, layer), " ", parts.join(tell("import_joint")) || tell("import_outcome_none"));
  });
}
