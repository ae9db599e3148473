/**
 * Prints what the verifier says of a file of vectors, with WebCrypto and with the package alone.
 * Usage: node vectors.js FILE; FILE is {"keys", "vectors", "sm2", "signed", "spoilt"}.
 */

import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";

import {
  envelope,
  fromDigits,
  hexOf,
  keySet,
  lookUp,
  openList,
  openRegistry,
  signingInput,
  splitAddress,
  verify,
} from "../certificate_verifier/index.js";

const { keys, vectors, sm2, signed, spoilt } = JSON.parse(readFileSync(process.argv[2], "utf-8"));

function statusOf(told) {
  if (!told) return null;
  const isStale = new Date(told.now) > new Date(told.valid_until);
  return (list, index) => {
    if (list !== told.list) return null;
    const fallen = ["revoked", "suspended"].find((name) => told[name].includes(index));
    return { standing: fallen ?? "good", asOf: told.issued, isStale };
  };
}

/** Returns the signing input of a text, null where it holds no envelope. */
function inputOf(text) {
  try {
    return hexOf(signingInput(envelope(fromDigits(splitAddress(text).digits))));
  } catch {
    return null;
  }
}

async function answers(subtle) {
  const known = keySet(keys);
  const found = [];
  for (const { name, text, at, host, status } of [...vectors, ...sm2]) {
    const now = status?.now && new Date(status.now);
    const options = { at, now, host, subtle, status: statusOf(status) };
    const verdict = await verify(text, known, options);
    found.push({ name, signing_input: inputOf(text), ...verdict });
  }
  return found;
}

/** Returns what the signed registry and lists say of each vector's certificate. */
async function published(subtle) {
  const known = await openRegistry(signed.registry, { root: signed.root.x, subtle });
  const texts = [signed.revocation, signed.suspension];
  const lists = await Promise.all(texts.map((text) => openList(text, { known, subtle })));
  const status = lookUp(lists, new Date(lists[0].asOf));
  const found = [];
  for (const { name, text, at, host } of vectors) {
    found.push({ name, ...(await verify(text, known, { at, host, subtle, status })) });
  }
  return { version: known.version, found, changed: await refusals(known, subtle) };
}

/** Returns the reasons why changed and mixed-up documents are not taken. */
async function refusals(known, subtle) {
  const other = known.keys.values().next().value;
  const turned = (text) => text.replace(/\.(.)/, (_, sign) => `.${sign === "e" ? "f" : "e"}`);
  const cut = signed.registry.split(".").slice(0, 2).join(".");
  const registry = (text) => openRegistry(text, { root: signed.root.x, subtle });
  const tries = {
    "registry, one letter changed": () => registry(turned(signed.registry)),
    "registry without signature": () => registry(`${cut}.`),
    "registry of another root": () =>
      openRegistry(signed.registry, { root: `A${signed.root.x.slice(1)}`, subtle }),
    "list as registry": () => registry(signed.revocation),
    "list, one letter changed": () => openList(turned(signed.suspension), { known, subtle }),
    "list of an unknown key": () =>
      openList(signed.revocation, { known: { ...known, keys: new Map() }, subtle }),
    "registry as list": () =>
      openList(signed.registry, { known: { keys: new Map([[signed.root.kid, other]]) }, subtle }),
  };
  const found = {};
  for (const [name, open] of Object.entries(tries)) {
    found[name] = await open().then(() => "accepted", (problem) => problem.message);
  }
  return found;
}

/** Returns which of the key sets spoilt in one fact are read all the same. */
function takenSpoilt() {
  const [jwk] = keys.keys;
  return spoilt.filter((facts) => {
    try {
      return keySet({ keys: [{ ...jwk, ...facts }] });
    } catch {
      return false;
    }
  });
}

const told = { spoilt: takenSpoilt() };
for (const [name, subtle] of [["webcrypto", webcrypto.subtle], ["package", null]]) {
  told[name] = { vectors: await answers(subtle), published: await published(subtle) };
}
process.stdout.write(JSON.stringify(told));
