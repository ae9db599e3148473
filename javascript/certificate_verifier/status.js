/** Status lists (W3C Bitstring Status List) in signed form: who is revoked or suspended. */

import { NotTrusted, openJws } from "./jws.js";
import { bytesOfBase64Url } from "./text.js";

const TYP = "vc+jwt";
const KIND = "BitstringStatusListCredential";
const SIZE = 131_072;
const GOOD_FOR = 2 * 86_400_000;
const SKEW = 10 * 60_000; // what clocks may differ by
const NAME = /^https:\/\/([^/?#]+)\/status\/([0-9]+)(\/suspension)?$/;
// What is revoked stays so while it is suspended too.
const STANDINGS = { revocation: "revoked", suspension: "suspended" };
const DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" });

/**
 * Returns a list whose signature by a known key holds: number, purpose, dates and bits.
 * With ``host`` lists of that host alone are taken, with ``now`` none that was made later.
 * Throws NotTrusted; "no-decompression" where the browser cannot unpack it.
 */
export async function openList(text, { known, subtle, host, now }) {
  const signer = {};
  const keyOf = ({ kid }) => Object.assign(signer, { key: known.keys.get(kid) }).key;
  const payload = await openJws(text, { keyOf, typ: TYP, subtle });
  const { credentialSubject: subject = {}, id, validFrom: asOf, validUntil: until } = payload;
  const name = NAME.exec(id ?? "");
  const purpose = name?.[3] ? "suspension" : "revocation";
  const dated = !Number.isNaN(Date.parse(asOf)) && !Number.isNaN(Date.parse(until));
  const isNamed = payload.issuer === `did:web:${name?.[1].replaceAll(":", "%3A")}`;
  const isList = isNamed && payload.type?.includes(KIND) && subject.statusPurpose === purpose;
  if (!name || !dated || !isList) throw new NotTrusted("unreadable");
  checkSigner(signer.key, DAY.format(new Date(asOf)));
  const late = new Date(until) - new Date(asOf) > GOOD_FOR || (now && new Date(asOf) - now > SKEW);
  if (late || (host && host !== name[1])) throw new NotTrusted("list-not-taken");
  const { issuers } = signer.key;
  return { list: Number(name[2]), purpose, asOf, until, issuers, bits: await unpacked(subject) };
}

/**
 * Returns the look-up over lists at a moment: (list, index, issuer) → {standing, asOf, isStale}, null where
 * the list of revocations or that of suspensions is not at hand. One that says so is enough to fall.
 */
export function lookUp(lists, now) {
  return (list, index, issuer) => {
    if (index >= SIZE) return null;
    const own = lists.filter((each) => !each.issuers.length || each.issuers.includes(issuer));
    const held = Object.keys(STANDINGS).map((purpose) => newest(own, list, purpose));
    const known = held.filter((each) => each);
    const fallen = known.find((each) => isSet(each.bits, index));
    if (!fallen && known.length < held.length) return null;
    const { asOf } = known.reduce((one, two) => (isNewer(one, two) ? two : one));
    const isStale = known.some((each) => now > new Date(each.until));
    return { standing: fallen ? STANDINGS[fallen.purpose] : "good", asOf, isStale };
  };
}

function newest(lists, list, purpose) {
  const right = lists.filter((each) => each.list === list && each.purpose === purpose);
  return right.reduce((one, two) => (!one || isNewer(two, one) ? two : one), null);
}

function isNewer(one, other) {
  return new Date(one.asOf) > new Date(other.asOf);
}

/** Passes a list of a key that may sign it; one that got out may have signed any list. */
function checkSigner(key, day) {
  if (key.state === "compromised" || day < key.notBefore || day > key.notAfter) {
    throw new NotTrusted("key-not-for-list");
  }
}

/** Returns whether a place is marked, the highest bit of a byte first. */
function isSet(bits, index) {
  return ((bits[Math.floor(index / 8)] >> (7 - (index % 8))) & 1) === 1;
}

async function unpacked({ encodedList }) {
  if (!("DecompressionStream" in globalThis)) throw new NotTrusted("no-decompression");
  try {
    const packed = bytesOfBase64Url(encodedList.slice(1));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bits = new Uint8Array(await new Response(stream).arrayBuffer());
    if (encodedList[0] === "u" && bits.length === SIZE / 8) return bits;
  } catch {
    // falls through: whatever was met, the list cannot be read
  }
  throw new NotTrusted("unreadable");
}
