/** Signed JSON in compact form (JWS, RFC 7515), EdDSA or ES256 as the key says. */

import { isSigned } from "./signatures.js";
import { bytesOfBase64Url } from "./text.js";

const NAMES = { Ed25519: ["EdDSA"], "P-256": ["ES256"] };
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** A signed file that is not accepted; ``message`` says why in a code. */
export class NotTrusted extends Error {}

/**
 * Returns the payload of a compact JWS, whose signature is verified before it is read.
 * @param {(header: object) => object | undefined} keyOf returns the key of a header
 * @param {string} typ the type the header must name
 * Throws NotTrusted: "unreadable", "wrong-type", "unknown-key", "wrong-algorithm" or "bad-signature".
 */
export async function openJws(text, { keyOf, typ, subtle }) {
  const parts = text.trim().split(".");
  if (parts.length !== 3) throw new NotTrusted("unreadable");
  const header = json(parts[0]);
  if (header.typ !== typ || header.crit !== undefined) throw new NotTrusted("wrong-type");
  const key = keyOf(header);
  if (!key) throw new NotTrusted("unknown-key");
  if (!(NAMES[key.crv] ?? []).includes(header.alg)) throw new NotTrusted("wrong-algorithm");
  const signed = new TextEncoder().encode(`${parts[0]}.${parts[1]}`);
  if (!(await isSigned(key, bytes(parts[2]), signed, subtle))) {
    throw new NotTrusted("bad-signature");
  }
  return json(parts[1]);
}

function bytes(part) {
  try {
    return bytesOfBase64Url(part);
  } catch {
    throw new NotTrusted("unreadable");
  }
}

function json(part) {
  try {
    const value = JSON.parse(UTF8.decode(bytes(part)));
    if (value !== null && typeof value === "object") return value;
  } catch {
    // falls through: whatever was met, the part is no JSON object
  }
  throw new NotTrusted("unreadable");
}
