/** The package's own Ed25519 and P-256, loaded where WebCrypto lacks the algorithm. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";

/** (signature, message, point) → whether it holds, by curve; throws on what is no point. */
export const CURVES = {
  Ed25519: (signature, message, point) =>
    ed25519.verify(signature, message, point, { zip215: false }),
  "P-256": (signature, message, point) => p256.verify(signature, message, point),
};
