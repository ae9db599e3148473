/** What the official site says: its registry and lists, and how a record stands on file. */

import { keySet, lookUp, openList, openRegistry } from "./certificate_verifier/index.js";

const PURPOSES = ["", "/suspension"];
// From the least to the gravest; what is graver counts, wherever it was found.
const GRAVER = ["suspended", "revoked", "replaced", "refused"];

/** Returns the keys this site publishes: its signed registry, or the bare set where no root is pinned. */
export async function knownKeys({ registry, jwks, root }, subtle) {
  if (root) return openRegistry(await (await fetch(registry)).text(), { root, subtle });
  return keySet(await (await fetch(jwks)).json());
}

/** Returns the look-up over one list's two purposes; what cannot be had is not at hand. */
export async function statusOf(list, { status, official }, options) {
  const wanted = PURPOSES.map(async (purpose) => {
    const answer = await fetch(`${status}${list}${purpose}`);
    return answer.ok ? openList(await answer.text(), { ...options, host: official, now: new Date() }) : null;
  });
  const settled = await Promise.allSettled(wanted);
  const lists = settled.map((each) => each.value).filter((each) => each?.list === list);
  return lookUp(lists, new Date());
}

/** Returns the verdict of the office's own file, null where it does not answer. */
export async function onFile(form, text) {
  const body = new FormData(form);
  body.set("text", text);
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body, headers });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Returns the verdict of both looks at one record: the signature here, the state on file there. */
export function combined(here, there) {
  const grave = (verdict) => GRAVER.indexOf(verdict.state);
  if (!there || grave(here) > grave(there)) return here;
  return { ...here, state: there.state, reasons: there.reasons };
}
