/** Scanned text to bytes: an address of any host, a path, or digits; the host is never trusted. */

import { Refused } from "./refused.js";

export const MAX_DIGITS = 1200;
const SENTINEL = "01";

/** Returns digits and host of a scanned text; host is null where the text is no address, with its scheme where not https. */
export function splitAddress(text) {
  const plain = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  if (!plain.includes("://")) return { digits: plain, host: null };
  const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?[^#]*)?(?:#(.*))?$/is.exec(plain);
  if (!parts) return { digits: "", host: "" };
  const [, scheme, host, path, fragment] = parts;
  const origin = scheme.toLowerCase() === "https" ? host : `${scheme}://${host}`;
  const last = path.replace(/\/+$/, "").split("/").pop();
  return { digits: fragment || last, host: origin.toLowerCase() };
}

/** Returns the record a decimal number stands for. Throws Refused. */
export function fromDigits(digits) {
  if (!/^[0-9]+$/.test(digits) || digits.length > MAX_DIGITS) throw new Refused("not-digits");
  const hex = BigInt(digits).toString(16);
  const even = hex.length % 2 ? `0${hex}` : hex;
  if (digits[0] === "0" || !even.startsWith(SENTINEL)) throw new Refused("malformed");
  return bytesOfHex(even.slice(SENTINEL.length));
}

/** Returns the bytes of hexadecimal digits. */
export function bytesOfHex(hex) {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  );
}

/** Returns bytes as hexadecimal digits. */
export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns the bytes of base64url without padding. Throws SyntaxError. */
export function bytesOfBase64Url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new SyntaxError("not base64url");
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}
