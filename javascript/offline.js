/** The page that is saved: keys and lists stand in it, nothing is fetched from anywhere. */

import { lookUp, openList, openRegistry, verify } from "./certificate_verifier/index.js";
import { showIn, takeFromAddress, wireInputs } from "./inputs.js";
import { filled, moment, verdictSection } from "./show.js";

const place = document.getElementById("found");
const data = JSON.parse(place.dataset.page);
const state = document.getElementById("state");
const subtle = globalThis.crypto?.subtle ?? null;
let language = "zh";
let last = null;

const words = () => data.words[language];

/** Returns keys and lists of this file; a list that cannot be trusted or unpacked is left out. */
async function openOwn() {
  const known = await openRegistry(data.registry, { root: data.root, subtle });
  const opened = await Promise.allSettled(
    data.lists.map((text) => openList(text, { known, subtle, host: data.official, now: new Date() })),
  );
  const lists = opened.filter((each) => each.status === "fulfilled").map((each) => each.value);
  return { known, lists };
}

const own = openOwn();

/** Returns what is said of the age of keys and lists. */
function ageOf({ known, lists }, now) {
  const { texts } = words();
  const told = [filled(texts.registry, { version: known.version, date: moment(known.asOf) })];
  if (now > new Date(known.nextUpdate)) told.push(texts.registry_stale);
  if (lists.length < data.lists.length || !lists.length) told.push(texts.lists_missing);
  if (lists.length) {
    const oldest = lists.reduce((one, two) => (one.asOf < two.asOf ? one : two));
    told.push(filled(texts.lists, { date: moment(oldest.asOf) }));
    if (lists.some((each) => now > new Date(each.until))) told.push(texts.lists_stale);
  }
  return told;
}

async function showState() {
  try {
    state.replaceChildren(...ageOf(await own, new Date()).map(line));
  } catch {
    state.replaceChildren(line(words().texts.damaged));
  }
}

function line(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

async function check(text) {
  const { known, lists } = await own;
  const now = new Date();
  const at = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(now);
  const status = lookUp(lists, now);
  last = await verify(text, known, { at, now, status, host: data.official, subtle });
  showLast();
}

function showLast() {
  if (!last) return;
  const { texts } = words();
  const notes = [texts.offline_note, texts.compare];
  if (last.reasons.includes("foreign-address")) {
    notes.unshift(filled(texts.foreign, { host: last.host || "—", official: data.official }));
  }
  showIn(place, verdictSection(last, words(), notes));
}

/** Puts every marked text of the page into the other language. */
function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const marked of document.querySelectorAll("[data-text]")) {
    marked.textContent = words().texts[marked.dataset.text];
  }
  document.title = words().texts.offline_title;
  showState();
  showLast();
}

const inputs = wireInputs({ onText: check, texts: () => words().texts });
document.getElementById("language").addEventListener("click", switchLanguage);
document.getElementById("scan").hidden = false;
showState();
const digits = takeFromAddress(location.pathname);
if (digits) inputs.take(digits);
