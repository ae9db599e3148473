/** The package's own Ed25519 and P-256, loaded where WebCrypto lacks the algorithm. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";

const { Point } = ed25519;

/** (signature, message, point) → whether it holds, by curve; throws on what is no point. */
export const CURVES = {
  Ed25519: (signature, message, point) =>
    ed25519.verify(signature, message, point, { zip215: false }) &&
    isExact(signature, message, point),
  "P-256": (signature, message, point) => p256.verify(signature, message, point),
};

/** Returns whether s·B − k·A is R to the byte; the package alone lets points of small order pass. */
function isExact(signature, message, point) {
  const [first, second] = [signature.subarray(0, 32), signature.subarray(32)];
  const digest = sha512(Uint8Array.of(...first, ...point, ...message));
  const turns = bytesToNumberLE(digest) % Point.Fn.ORDER;
  const wanted = Point.BASE.multiplyUnsafe(bytesToNumberLE(second))
    .subtract(Point.fromBytes(point).multiplyUnsafe(turns))
    .toBytes();
  return first.every((byte, at) => byte === wanted[at]);
}
