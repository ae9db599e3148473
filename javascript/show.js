/** A verdict as pages show it: how it stands, why, and label and value of every signed field. */

const KINDS = { valid: "valid", "status-unknown": "unknown" };

/**
 * Returns the section of a verdict, in words of one language.
 * @param verdict of verify
 * @param words the labels and sentences of ``certificates/words.py``
 * @param {string[]} notes sentences beneath the reasons
 */
export function verdictSection(verdict, words, notes = []) {
  const title = element("h2", filled(words.texts.verdict, { state: stateOf(verdict, words) }));
  title.id = "found-title";
  const section = element("section");
  section.className = `verdict is-${kindOf(verdict)}`;
  section.setAttribute("role", "status");
  section.setAttribute("aria-labelledby", title.id);
  section.append(title);
  if (verdict.reasons.length) {
    const reasons = element("ul");
    reasons.append(...verdict.reasons.map((code) => element("li", words.reasons[code] ?? code)));
    section.append(reasons);
  }
  section.append(...notes.map((note) => element("p", note)));
  if (verdict.record) section.append(facts(rowsOf(verdict, words)));
  return section;
}

/** Returns a text with its {names} filled in. */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Returns a moment as date and time of China, whatever the device is set to. */
export function moment(value) {
  const options = { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" };
  return new Intl.DateTimeFormat("sv-SE", options).format(new Date(value));
}

function kindOf(verdict) {
  const kind = KINDS[verdict.state] ?? "invalid";
  return kind === "valid" && isForeign(verdict) ? "unknown" : kind;
}

function isForeign(verdict) {
  return verdict.reasons.includes("foreign-address");
}

/** Returns the state in words; one that is not known says which list was looked at. */
function stateOf(verdict, words) {
  const state = words.states[verdict.state];
  if (verdict.state === "valid" && isForeign(verdict)) return words.texts.foreign_state;
  if (verdict.state !== "status-unknown") return state;
  const date = verdict.status_as_of ? moment(verdict.status_as_of) : words.texts.no_list;
  return state + filled(words.texts.list_date, { date });
}

function rowsOf({ record, kid, status_as_of: listDate }, words) {
  const [total, offline, practical] = record.hours;
  const [listed, index] = record.status;
  const issuer = String(record.issuer).padStart(6, "0");
  const { rows, texts } = words;
  return [
    [rows.number, record.number],
    [rows.name, filled(texts.holder, { name: record.name, tail: record.id_tail })],
    [rows.issuer, `${words.authorities[issuer] ?? issuer}（${issuer}）`],
    [rows.class_kind, words.class_kinds[record.class_kind] ?? record.class_kind],
    [rows.category, words.categories[record.category] ?? record.category],
    [rows.industry, words.industries[record.industry] ?? record.industry],
    [rows.hours, filled(texts.hours, { total, offline, practical })],
    [rows.score, record.score === null ? texts.passed : filled(texts.score, record)],
    [rows.credit, filled(texts.credit, { hours: record.credit })],
    [rows.issued_on, record.issued_on],
    [rows.expires_on, record.expires_on],
    [rows.paper, record.paper],
    [rows.status, filled(texts.place, { listed, index })],
    [rows.list_date, listDate ? moment(listDate) : texts.no_list],
    [rows.kid, kid],
  ];
}

function facts(rows) {
  const list = element("dl");
  list.className = "facts";
  for (const [label, value] of rows) {
    const row = element("div");
    row.append(element("dt", label), element("dd", String(value)));
    list.append(row);
  }
  return list;
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
