/** The keys a verifier knows: what each may sign for, and when; how fresh the registry is. */

import { sha256 } from "@noble/hashes/sha2.js";

import { Refused } from "./refused.js";
import { ALGORITHMS, keyId, publicKey } from "./signatures.js";
import { hexOf } from "./text.js";

const FIRST = "0001-01-01";
const LAST = "9999-12-31";
const SM2 = -65537;
const STATES = ["active", "retired", "compromised"];
const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * Returns the keys of a JWK set; a key whose id is not its own is refused.
 * A key of a kind that cannot be verified here stays in the set, with ``crv`` null.
 */
export function keySet(jwks) {
  return {
    keys: new Map(jwks.keys.map((jwk) => [jwk.kid, knownKey(jwk)])),
    reattested: new Map((jwks.reattested ?? []).map((each) => [each.record, each.number])),
    asOf: null,
    nextUpdate: null,
  };
}

/** Returns the keys of a registry's payload, with how fresh it is. */
export function registryKeys(payload) {
  const jwks = payload.keys.map((each) => ({ ...each, ...each.jwk }));
  return {
    ...keySet({ keys: jwks, reattested: payload.reattested }),
    asOf: payload.issued,
    nextUpdate: payload.next_update,
  };
}

/** Returns whether the registry these keys are from is past its next update. */
export function isStale(known, now) {
  return known.nextUpdate !== null && now > new Date(known.nextUpdate);
}

function knownKey(jwk) {
  const key = publicKey(jwk) ?? { crv: null };
  if (key.crv && keyId(key) !== jwk.kid) throw new SyntaxError(`key id ${jwk.kid}`);
  const known = {
    ...key,
    kid: jwk.kid,
    issuers: jwk.issuers ?? [],
    issuerName: jwk.issuer_name ?? "",
    classKinds: jwk.class_kinds ?? [],
    notBefore: jwk.not_before ?? FIRST,
    notAfter: jwk.not_after ?? LAST,
    verifyUntil: jwk.verify_until ?? LAST,
    state: jwk.state ?? "active",
    compromisedFrom: jwk.compromised_from ?? null,
  };
  checkFacts(known);
  return known;
}

/** Passes a key of a known state, with days and codes that can be compared. Throws SyntaxError. */
function checkFacts({ kid, state, issuers, classKinds, compromisedFrom, ...key }) {
  const days = [key.notBefore, key.notAfter, key.verifyUntil, compromisedFrom ?? FIRST];
  const areWhole = [...issuers, ...classKinds].every(Number.isSafeInteger);
  if (!STATES.includes(state) || !days.every(isDay) || !areWhole) {
    throw new SyntaxError(`facts of key ${kid}`);
  }
}

function isDay(text) {
  return DAY.test(text) && new Date(text).toISOString().startsWith(text);
}

/** Throws Refused where the key's algorithm is another one; each key has one for good. */
export function checkAlgorithm(key, number) {
  const known = key.crv ? ALGORITHMS[key.crv] : [SM2];
  if (!known.includes(number)) throw new Refused("wrong-algorithm");
  if (!key.crv) throw new Refused("algorithm-unavailable");
}

/**
 * Passes a record its key may sign; returns what speaks against calling it valid.
 * Who holds a key that got out may write any date: what is dated before the leak is proved by the
 * list of what was confirmed again. Throws Refused.
 */
export function checkUse(key, record, { at, known, cose }) {
  const isFor = (allowed, value) => !allowed.length || allowed.includes(value);
  if (!isFor(key.issuers, record.issuer)) throw new Refused("key-not-for-issuer");
  if (!isFor(key.classKinds, record.class_kind)) throw new Refused("key-not-for-class");
  if (record.issued_on < key.notBefore || record.issued_on > key.notAfter) {
    throw new Refused("key-not-for-date");
  }
  if (at > key.verifyUntil) throw new Refused("key-out-of-use");
  if (key.state !== "compromised") return [];
  if (known.reattested.get(hexOf(sha256(cose))) === record.number) return [];
  if (record.issued_on >= (key.compromisedFrom ?? key.notBefore)) {
    throw new Refused("key-compromised");
  }
  return ["issue-unproved"];
}
