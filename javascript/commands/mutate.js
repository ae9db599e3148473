/**
 * Changes good certificates in many ways and counts what the verifier still accepts: none may be.
 * Usage: node mutate.js FILE [COUNT [SEED]]; FILE is {"keys", "vectors"}, of which the signed ones
 * are changed. Half of the mutants meet WebCrypto, half the package alone. Exit 1 if one passes.
 */

import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";

import { byteString } from "../certificate_verifier/cbor.js";
import {
  envelope,
  fromDigits,
  hexOf,
  keySet,
  splitAddress,
  verify,
} from "../certificate_verifier/index.js";

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const [file, count = "20000", seed = "1"] = process.argv.slice(2);
const { keys, vectors } = JSON.parse(readFileSync(file, "utf-8"));
const known = keySet(keys);
const good = vectors
  .filter((vector) => vector.record)
  .map((vector) => fromDigits(splitAddress(vector.text).digits));
const untouched = new Set(good.map(toDigits));

let state = Number(seed) >>> 0;

/** Returns a number from 0 up to a limit, the same ones for the same seed (xorshift). */
function below(limit) {
  state = (state + 0x9e3779b9) >>> 0;
  let mixed = state;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % limit;
}

function toDigits(cose) {
  return BigInt(`0x01${hexOf(cose)}`).toString();
}

function pick(values) {
  return values[below(values.length)];
}

function flipped(bytes, times) {
  const changed = bytes.slice();
  for (let left = times; left > 0; left--) changed[below(changed.length)] ^= 1 << below(8);
  return changed;
}

function joined({ header, payload, signature }, unsigned = [0xa0]) {
  const parts = [byteString(header), unsigned, byteString(payload), byteString(signature)];
  return Uint8Array.of(0x84, ...parts.flat());
}

function randomBytes(length) {
  return Uint8Array.from({ length }, () => below(256));
}

/** Returns the signature with the other value of s, which plain ECDSA would accept as well. */
function otherS(signature) {
  const s = BigInt(`0x${hexOf(signature.subarray(32))}`);
  const hex = (((ORDER - s) % ORDER) + ORDER) % ORDER;
  const bytes = hex.toString(16).padStart(64, "0").match(/../g);
  return Uint8Array.of(...signature.subarray(0, 32), ...bytes.map((two) => Number.parseInt(two, 16)));
}

/** Rewrites one head of the envelope so that it means the same in other bytes. */
function reEncoded(cose) {
  const parts = envelope(cose);
  const long = (bytes) => [0x59, bytes.length >> 8, bytes.length & 255, ...bytes];
  const [header, payload, signature] = [parts.header, parts.payload, parts.signature];
  const [first, third, fourth] = [header, payload, signature].map(byteString);
  return pick([
    () => [0x98, 4, ...first, 0xa0, ...third, ...fourth],
    () => [0x9f, ...first, 0xa0, ...third, ...fourth, 0xff],
    () => [0xd2, ...cose],
    () => [...cose, below(256)],
    () => [0x84, ...long(header), 0xa0, ...third, ...fourth],
    () => [0x84, ...first, 0xa0, ...third, ...long(signature)],
    () => [0x84, ...first, 0xbf, 0xff, ...third, ...fourth],
    () => [0x84, ...first, 0xf6, ...third, ...fourth],
    () => [0x84, ...first, 0xa1, below(24), below(24), ...third, ...fourth],
    () => [0x84, ...first, 0xa0, 0x5f, ...third, 0xff, ...fourth],
    () => joined({ ...parts, payload: Uint8Array.of(0xbf, ...payload.subarray(1), 0xff) }),
    () => joined({ ...parts, payload: Uint8Array.of(...payload, 0) }),
    () => joined({ ...parts, header: Uint8Array.of(0xa3, ...header.subarray(1), 5, below(24)) }),
  ])();
}

const KINDS = {
  "bit-flip": (cose) => toDigits(flipped(cose, 1 + below(3))),
  "digit-changed": (cose) => {
    const digits = toDigits(cose);
    const at = below(digits.length);
    return digits.slice(0, at) + ((Number(digits[at]) + 1 + below(9)) % 10) + digits.slice(at + 1);
  },
  "digit-moved": (cose) => {
    const digits = toDigits(cose);
    const at = below(digits.length - 1);
    return pick([
      digits.slice(0, at) + digits.slice(at + 1),
      digits.slice(0, at) + below(10) + digits.slice(at),
      digits.slice(0, at) + digits[at + 1] + digits[at] + digits.slice(at + 2),
      `0${digits}`,
    ]);
  },
  "re-encoded": (cose) => toDigits(Uint8Array.from(reEncoded(cose))),
  "unknown-key": (cose) => {
    const parts = envelope(cose);
    const header = parts.header.slice();
    header.set(randomBytes(8), header.length - 8);
    return toDigits(joined({ ...parts, header }));
  },
  "swapped-part": (cose) => {
    const [mine, other] = [envelope(cose), envelope(pick(good))];
    const part = pick(["header", "payload", "signature"]);
    return toDigits(joined({ ...mine, [part]: other[part] }));
  },
  "new-signature": (cose) => {
    const parts = envelope(cose);
    const { signature } = parts;
    const made = pick([
      () => randomBytes(64),
      () => new Uint8Array(64),
      () => signature.subarray(0, below(64)),
      () => Uint8Array.of(...signature, ...randomBytes(1)),
      () => otherS(signature),
    ])();
    return toDigits(joined({ ...parts, signature: made }));
  },
};

const GOOD = { standing: "good", asOf: "2027-01-05", isStale: false };
const counts = {};
const accepted = [];
let made = 0;
for (let turn = 0; made < Number(count); turn++) {
  const kind = Object.keys(KINDS)[turn % Object.keys(KINDS).length];
  const digits = KINDS[kind](pick(good));
  if (untouched.has(digits)) continue;
  made += 1;
  const subtle = made % 2 ? webcrypto.subtle : null;
  const options = { at: "2027-01-05", status: () => GOOD, host: null, subtle };
  const verdict = await verify(digits, known, options);
  const outcome = `${kind} ${verdict.reasons[0] ?? verdict.state}`;
  counts[outcome] = (counts[outcome] ?? 0) + 1;
  if (verdict.state !== "refused") accepted.push({ kind, digits });
}
process.stdout.write(`${JSON.stringify({ made, accepted, counts }, null, 1)}\n`);
process.exitCode = accepted.length ? 1 : 0;
