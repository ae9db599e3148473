/**
 * CBOR in its one deterministic form: shortest lengths, sorted unique keys, definite lengths;
 * integers, strings, bytes, truth values, lists and maps alone, four levels deep, nothing after it.
 */

import { Refused } from "./refused.js";

const MAX_DEPTH = 4;
const KIND = { uint: 0, negative: 1, bytes: 2, text: 3, list: 4, map: 5, simple: 7 };
const FALSE = 20;
const TRUE = 21;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns the value of the bytes: maps as Map, integers beyond 2^53 as BigInt. Throws Refused. */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.item(0);
  if (reader.at !== bytes.length) throw new Refused("malformed");
  return value;
}

/** Returns bytes wrapped as a CBOR byte string. */
export function byteString(bytes) {
  const length = bytes.length;
  const head = length < 24 ? [0x40 | length] : length < 256 ? [0x58, length] : null;
  return [...(head ?? [0x59, length >> 8, length & 255]), ...bytes];
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(count) {
    if (count > this.bytes.length - this.at) throw new Refused("malformed");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** Returns the argument of a head; one that could be written shorter is refused. */
  argument(info) {
    if (info < 24) return info;
    const width = { 24: 1, 25: 2, 26: 4, 27: 8 }[info];
    if (!width) throw new Refused("malformed");
    let value = 0n;
    for (const byte of this.take(width)) value = (value << 8n) | BigInt(byte);
    const least = width === 1 ? 24n : 1n << BigInt(4 * width);
    if (value < least) throw new Refused("malformed");
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  item(depth) {
    if (depth > MAX_DEPTH) throw new Refused("malformed");
    const [head] = this.take(1);
    const info = head & 31;
    switch (head >> 5) {
      case KIND.uint:
        return this.argument(info);
      case KIND.negative:
        return negative(this.argument(info));
      case KIND.bytes:
        return this.take(this.argument(info)).slice();
      case KIND.text:
        return this.text(info);
      case KIND.list:
        return this.list(info, depth);
      case KIND.map:
        return this.map(info, depth);
      case KIND.simple:
        if (info === FALSE || info === TRUE) return info === TRUE;
    }
    throw new Refused("malformed");
  }

  text(info) {
    try {
      return UTF8.decode(this.take(this.argument(info)));
    } catch {
      throw new Refused("malformed");
    }
  }

  list(info, depth) {
    const values = [];
    for (let left = this.argument(info); left > 0; left--) values.push(this.item(depth + 1));
    return values;
  }

  map(info, depth) {
    const values = new Map();
    let before = null;
    for (let left = this.argument(info); left > 0; left--) {
      const start = this.at;
      const key = this.item(depth + 1);
      const written = this.bytes.subarray(start, this.at);
      const plain = !Array.isArray(key) && !(key instanceof Map) && typeof key !== "boolean";
      if (!plain || (before && !isBefore(before, written))) throw new Refused("malformed");
      before = written;
      values.set(key, this.item(depth + 1));
    }
    return values;
  }
}

function negative(argument) {
  const value = -1n - BigInt(argument);
  return value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : value;
}

/** Returns whether one written key stands before another, byte by byte; none begins with another. */
function isBefore(first, second) {
  const at = first.findIndex((byte, place) => byte !== second[place]);
  return at >= 0 && first[at] < second[at];
}
