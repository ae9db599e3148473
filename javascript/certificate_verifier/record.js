/** The payload's fields 1 to 14 as plain values: exact numbers and dates are strings. */

import { Refused } from "./refused.js";

const PASS_ONLY = 1001;
const LAST_FIELD = 14;
const DAY = 86_400_000;
const LAST_DAY = Date.UTC(9999, 11, 31) / DAY;

/** Returns record and notes of a decoded payload. Throws Refused. */
export function recordOf(values) {
  if (!(values instanceof Map)) throw new Refused("bad-payload");
  const numbers = [...values.keys()];
  if (!numbers.every(isInteger)) throw new Refused("bad-payload");
  if (numbers.some((number) => number < 0)) throw new Refused("critical-field");
  const record = {
    issuer: uint(values.get(1)),
    number: text(values.get(2), 24),
    name: text(values.get(3), 60),
    id_tail: text(values.get(4), 4),
    class_kind: uint(values.get(5)),
    category: uint(values.get(6)),
    industry: text(values.get(7), 40),
    hours: list(values.get(8), 3).map(tenths),
    score: score(values.get(9)),
    credit: tenths(values.get(10)),
    issued_on: day(values.get(11)),
    expires_on: day(values.get(12)),
    paper: text(values.get(13), 20),
    status: list(values.get(14), 2).map(uint),
  };
  const unknown = numbers.some((number) => number > LAST_FIELD);
  return { record, notes: unknown ? ["unknown-field"] : [] };
}

function isInteger(value) {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

function uint(value) {
  if (!isInteger(value) || value < 0) throw new Refused("bad-payload");
  return value;
}

function text(value, longest) {
  const fits = typeof value === "string" && value !== "" && [...value].length <= longest;
  if (!fits || value.normalize("NFC") !== value) throw new Refused("bad-payload");
  return value;
}

function list(value, length) {
  if (!Array.isArray(value) || value.length !== length) throw new Refused("bad-payload");
  return value;
}

function tenths(value) {
  const number = BigInt(uint(value));
  const rest = number % 10n;
  return `${number / 10n}${rest ? `.${rest}` : ""}`;
}

function score(value) {
  if (uint(value) > PASS_ONLY) throw new Refused("bad-payload");
  return value === PASS_ONLY ? null : tenths(value);
}

function day(value) {
  if (uint(value) > LAST_DAY) throw new Refused("bad-payload");
  return new Date(value * DAY).toISOString().slice(0, 10);
}
