/** The verdict on a scanned text, with the states and reasons of terms.VerdictState and Reason. */

import { byteString, decode } from "./cbor.js";
import { checkAlgorithm, checkUse, isStale } from "./keys.js";
import { recordOf } from "./record.js";
import { Refused } from "./refused.js";
import { isSigned } from "./signatures.js";
import { fromDigits, hexOf, splitAddress } from "./text.js";

const ALG = 1;
const KID = 4;
const CONTEXT = [0x84, 0x6a, ...new TextEncoder().encode("Signature1")];
const NO_EXTERNAL_DATA = 0x40;

const FALLEN = ["revoked", "replaced", "suspended"];

/**
 * Returns the verdict on a scanned text, an address or bare digits.
 * @param {string} text
 * @param {object} known of keySet or registryKeys
 * @param {object} options
 *   at: the local date that counts for expiry, YYYY-MM-DD;
 *   now: the moment the registry must be fresh at; default: the beginning of ``at``;
 *   status: (list, index, issuer) → {standing, asOf, isStale}, null where the list is not at hand;
 *   host: the official host, another one in the address is told as foreign;
 *   subtle: WebCrypto, null for the package alone
 */
export async function verify(text, known, { at, now, status, host, subtle }) {
  const { digits, host: found } = splitAddress(text);
  const foreign = host && found !== null && found !== host ? ["foreign-address"] : [];
  try {
    const cose = fromDigits(digits);
    const { key, record, notes } = await open(cose, known, subtle);
    const doubts = checkUse(key, record, { at, known, cose });
    if (isStale(known, now ?? new Date(`${at}T00:00:00+08:00`))) doubts.unshift("keys-stale");
    const listed = status ? status(...record.status, record.issuer) : null;
    const [state, reasons] = standing(record, at, listed, doubts);
    return {
      state,
      reasons: [...reasons, ...notes, ...foreign],
      record,
      kid: key.kid,
      host: found,
      status_as_of: listed ? listed.asOf : null,
    };
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    const reasons = [problem.reason, ...foreign];
    return { state: "refused", reasons, record: null, kid: null, host: found, status_as_of: null };
  }
}

/** Returns the parts of an envelope: four items, none of them unsigned. Throws Refused. */
export function envelope(cose) {
  const items = decode(cose);
  if (!Array.isArray(items) || items.length !== 4) throw new Refused("malformed");
  const [header, unsigned, payload, signature] = items;
  if (!(unsigned instanceof Map) || unsigned.size) throw new Refused("malformed");
  const parts = [header, payload, signature];
  if (!parts.every((part) => part instanceof Uint8Array)) throw new Refused("malformed");
  return { header, payload, signature };
}

/** Returns the bytes that are signed: the Sig_structure (RFC 9052) with empty external data. */
export function signingInput({ header, payload }) {
  return Uint8Array.of(...CONTEXT, ...byteString(header), NO_EXTERNAL_DATA, ...byteString(payload));
}

/** Returns key, record and notes of an envelope; the signature comes before the payload. */
async function open(cose, known, subtle) {
  const parts = envelope(cose);
  const key = keyOf(decode(parts.header), known);
  if (!(await isSigned(key, parts.signature, signingInput(parts), subtle))) {
    throw new Refused("bad-signature");
  }
  return { key, ...recordOf(decode(parts.payload)) };
}

function keyOf(header, known) {
  const right = header instanceof Map && header.size === 2 && header.has(ALG) && header.has(KID);
  if (!right || !(header.get(KID) instanceof Uint8Array)) throw new Refused("malformed");
  const key = known.keys.get(hexOf(header.get(KID)));
  if (!key) throw new Refused("unknown-key");
  checkAlgorithm(key, header.get(ALG));
  return key;
}

/** Returns the state of a record whose signature holds; with any doubt it is never valid. */
function standing(record, at, listed, otherDoubts) {
  const doubts = [...otherDoubts];
  if (!listed) doubts.unshift("status-unknown");
  else if (listed.isStale) doubts.unshift("status-stale");
  if (listed && FALLEN.includes(listed.standing)) {
    return [listed.standing, [listed.standing, ...doubts]];
  }
  if (at < record.issued_on) return ["not-yet-valid", ["not-yet-valid", ...doubts]];
  if (at > record.expires_on) return ["expired", ["expired", ...doubts]];
  return [doubts.length ? "status-unknown" : "valid", doubts];
}
