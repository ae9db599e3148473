/** Signatures: WebCrypto where it knows the algorithm, the package's curves where it does not. */

import { sha256 } from "@noble/hashes/sha2.js";

import { bytesOfBase64Url, hexOf } from "./text.js";

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SIGNATURE = 64;
const SCALAR = 32;
const WEBCRYPTO = {
  Ed25519: [{ name: "Ed25519" }, { name: "Ed25519" }],
  "P-256": [
    { name: "ECDSA", namedCurve: "P-256" },
    { name: "ECDSA", hash: "SHA-256" },
  ],
};

/** The curves this verifier knows, each with its COSE numbers; a key has one of them for good. */
export const ALGORITHMS = { Ed25519: [-8, -19], "P-256": [-7] };

/** Returns the public key of a JWK, null where its kind is not known here. */
export function publicKey(jwk) {
  const x = bytesOfBase64Url(jwk.x);
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519" && x.length === SCALAR) {
    return { crv: jwk.crv, point: x };
  }
  if (jwk.kty !== "EC" || jwk.crv !== "P-256") return null;
  return { crv: jwk.crv, point: Uint8Array.of(4, ...x, ...bytesOfBase64Url(jwk.y)) };
}

/** Returns the id of a key: eight bytes of the SHA-256 of its point, as hexadecimal digits. */
export function keyId(key) {
  return hexOf(sha256(key.point).subarray(0, 8));
}

/**
 * Returns whether a signature of a message is a key's.
 * @param subtle the browser's WebCrypto, or null to use the package alone
 */
export async function isSigned(key, signature, message, subtle) {
  if (signature.length !== SIGNATURE) return false;
  if (key.crv === "P-256" && !isLow(signature)) return false;
  const known = subtle ? await imported(key, subtle) : null;
  if (known) return subtle.verify(WEBCRYPTO[key.crv][1], known, signature, message);
  const { CURVES } = await import("./curves.js");
  try {
    return CURVES[key.crv](signature, message, key.point);
  } catch {
    return false;
  }
}

/** Of the two values of s that sign the same, the lower one alone is accepted. */
function isLow(signature) {
  return BigInt(`0x${hexOf(signature.subarray(SCALAR))}`) <= ORDER / 2n;
}

/** Returns WebCrypto's key, null where the browser does not know the algorithm. */
async function imported(key, subtle) {
  if (key.imported === undefined) {
    key.imported = await subtle
      .importKey("raw", key.point, WEBCRYPTO[key.crv][0], false, ["verify"])
      .catch(() => null);
  }
  return key.imported;
}
