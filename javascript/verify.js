/**
 * The public page: a record is verified here, in the browser, and its state on file is asked for by
 * POST. The record stands behind "#" in a scanned address and never becomes part of a request's.
 */

import { verify } from "./certificate_verifier/index.js";
import { showIn, takeFromAddress, wireInputs } from "./inputs.js";
import { combined, knownKeys, onFile, statusOf } from "./online.js";
import { filled, verdictSection } from "./show.js";

const page = JSON.parse(document.getElementById("found").dataset.page);
const form = document.getElementById("scan-paste");
const place = document.getElementById("found");
const subtle = globalThis.crypto?.subtle ?? null;
const { texts } = page.words;

async function verifiedHere(text) {
  const known = await knownKeys(page, subtle);
  const options = { at: page.today, now: new Date(), host: page.official, subtle };
  const first = await verify(text, known, options);
  if (!first.record) return first;
  const status = await statusOf(first.record.status[0], page, { known, subtle });
  return verify(text, known, { ...options, status });
}

async function check(text) {
  form.elements.namedItem("text").value = text;
  const here = await verifiedHere(text).catch(() => null);
  if (!here || here.reasons.includes("algorithm-unavailable")) {
    form.submit(); // it cannot be told here: the office's own answer is shown instead
    return;
  }
  const there = here.record ? await onFile(form, text) : null;
  const notes = here.record ? [there ? texts.asked : texts.not_asked] : [];
  if (here.reasons.includes("foreign-address")) {
    notes.push(filled(texts.foreign, { host: here.host || "—", official: page.official }));
  }
  showIn(place, verdictSection(combined(here, there), page.words, [...notes, texts.compare]));
}

function start() {
  const digits = takeFromAddress(page.here);
  if (digits) inputs.take(digits);
}

const inputs = wireInputs({ onText: check, texts: () => texts });
document.getElementById("scan").hidden = false;
addEventListener("hashchange", start);
start();
