/** The verifier of signed certificate records, for browsers and Node; it trusts no address. */

export { NotTrusted, openJws } from "./jws.js";
export { keySet, registryKeys } from "./keys.js";
export { openRegistry } from "./registry.js";
export { lookUp, openList } from "./status.js";
export { fromDigits, hexOf, splitAddress } from "./text.js";
export { envelope, signingInput, verify } from "./verify.js";
