// What stands against a finding, and the form to say it.

import { element, page, send, tell } from "./page.js";

/** The mark of a finding that somebody contests; nothing for the others. */
export function makeContestedBadge({ contested }) {
  return contested ? element("span", { class: "badge contested", title: contested }, tell("contested")) : null;
}

/** A time in UTC as the reader's clock shows it. */
function writeTime(at) {
  const language = page.language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
}

/** Who contests the finding, when and why, and the way to withdraw it. */
function describeOpen({ who, at, reason }, act) {
  return element("div", { class: "contest" },
    element("p", {},
      element("span", { class: "badge contested" }, tell("contested")), " ",
      tell("contest_by", { who, at: writeTime(at) }), " ", element("q", {}, reason)),
    element("button", { type: "button", onclick: () => act("withdraw", "") }, tell("contest_withdraw")));
}

/** The form in which a reader says why the finding is wrong. */
function makeForm(act) {
  const reason = element("textarea", { name: "reason", rows: 3, maxlength: 500, required: true });
  const submit = (event) => {
    event.preventDefault();
    act("contest", reason.value);
  };
  return element("details", { class: "contest" },
    element("summary", {}, tell("contest")),
    element("form", { onsubmit: submit },
      element("label", {}, element("span", {}, tell("contest_reason")), reason),
      element("p", { class: "quiet" }, tell("contest_hint")),
      element("button", { type: "submit" }, tell("contest_send"))));
}

/** The element that tells what stands against a finding, or asks for it; `changed` is called after each change. */
export function describeContest({ finding, contest }, changed) {
  const { layer, site, rule } = finding;
  const act = async (action, reason) => {
    if (await send(page.urls.contest, { layer, site, rule, action, reason })) changed();
  };
  return contest ? describeOpen(contest, act) : makeForm(act);
}
