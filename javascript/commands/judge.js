/**
 * Prints what the verifier says of each text, numbers as strings, for a comparison with Python.
 * Usage: node judge.js FILE; FILE is {"keys", "status", "cases": [{"text", "at", "host"}]}. Every
 * second text meets WebCrypto, the others the package alone.
 */

import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";

import { keySet, lookUp, verify } from "../certificate_verifier/index.js";

const { keys, status, cases } = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const known = keySet(keys);
const SIZE = 131_072;

/** Returns a list as openList does, its places marked, the highest bit of a byte first. */
function listOf(purpose, places) {
  const bits = new Uint8Array(SIZE / 8);
  for (const place of places) bits[place >> 3] |= 0x80 >> (place & 7);
  const { list, issued: asOf, valid_until: until } = status;
  return { list, purpose, asOf, until, issuers: [], bits };
}

/** Returns a verdict, or the name of what broke the verifier. */
async function answer({ text, at, host }, place) {
  const subtle = place % 2 ? webcrypto.subtle : null;
  try {
    const { state, reasons, record, kid, host: found } = await verify(text, known, {
      at, host, subtle, status: listed,
    });
    return { state, reasons, record, kid, host: found };
  } catch (problem) {
    return { broken: String(problem) };
  }
}

const lists = [listOf("revocation", status.revoked), listOf("suspension", status.suspended)];
const listed = lookUp(lists, new Date(status.issued));
const told = [];
for (const [place, each] of cases.entries()) told.push(await answer(each, place));
const plain = (_, value) => (["bigint", "number"].includes(typeof value) ? String(value) : value);
process.stdout.write(JSON.stringify(told, plain));
