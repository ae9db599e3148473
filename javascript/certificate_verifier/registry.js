/** The key registry: what the pinned root has signed, and nothing else. */

import { NotTrusted, openJws } from "./jws.js";
import { registryKeys } from "./keys.js";
import { keyId, publicKey } from "./signatures.js";

const TYP = "exam-key-registry+jws";

/**
 * Returns the keys of a registry the pinned root has signed.
 * @param {object} options root: the pin, 43 characters of base64url; subtle: WebCrypto or null
 * Throws NotTrusted.
 */
export async function openRegistry(text, { root, subtle }) {
  const key = publicKey({ kty: "OKP", crv: "Ed25519", x: root });
  const keyOf = ({ kid }) => (key && kid === keyId(key) ? key : undefined);
  const payload = await openJws(text, { keyOf, typ: TYP, subtle });
  try {
    return { ...registryKeys(payload), version: payload.version };
  } catch {
    throw new NotTrusted("unreadable");
  }
}
