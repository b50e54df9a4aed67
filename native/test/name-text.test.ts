/** Bytes of names as text, and back. */

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { nameIn, textOf } from "../src/events/name-text.ts";

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part))));

/** As semantics.md tells readers of alerts to do it. */
function bytesOf(text: string): Buffer {
  const parts = text.split(/\\x([0-9a-f]{2})/);
  return Buffer.concat(parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from(part, "hex"))));
}

describe("a name as text", () => {
  it.each<[what: string, name: Uint8Array, text: string]>([
    ["of characters stays what it is", bytes("Schlüssel 秘密 🗝"), "Schlüssel 秘密 🗝"],
    ["has its odd bytes escaped", bytes("a", 0xff, 0xfe, "b", 0x80), "a\\xff\\xfeb\\x80"],
    ["has a character that is cut escaped", bytes("a", 0xe2, 0x82), "a\\xe2\\x82"],
    [
      "has a character that is longer than it need be escaped",
      bytes(0xc0, 0xaf, 0xe0, 0x80, 0xaf),
      "\\xc0\\xaf\\xe0\\x80\\xaf",
    ],
    ["has half of a pair escaped", bytes(0xed, 0xa0, 0x80), "\\xed\\xa0\\x80"],
    ["has what is beyond the last character escaped", bytes(0xf4, 0x90, 0x80, 0x80, 0xf5), "\\xf4\\x90\\x80\\x80\\xf5"],
    ["has the backslash of what looks like an escape escaped", bytes("a\\x41\\n"), "a\\x5cx41\\n"],
    ["has it escaped beside an odd byte, too", bytes("\\x41", 0xff), "\\x5cx41\\xff"],
    ["keeps other backslashes", bytes("\\xyz\\\\x"), "\\xyz\\\\x"],
    ["keeps a mark of byte order, which is a part of it", bytes("\ufeffname"), "\ufeffname"],
    ["keeps the character that decoders put in the place of others", bytes("\ufffd"), "\ufffd"],
    ["keeps control characters", bytes("line\nbreak\x1b[2J"), "line\nbreak\x1b[2J"],
  ])("%s", (_what, name, text) => {
    expect(textOf(name)).toBe(text);
    expect(bytesOf(text)).toEqual(Buffer.from(name));
  });

  it("is the name again for who compares it, if the name is UTF-8", () => {
    for (const name of ["/etc/a\\x2db.mount", "/srv/\\x5cx41", "/bin/sh", "\\x5c"])
      expect(nameIn(textOf(bytes(name)))).toBe(name);
  });

  it("is always the bytes again, and no other name's text", () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: "binary", maxLength: 6 }).map((text) => Uint8Array.from(Buffer.from(text))),
      fc.constantFrom("\\x", "\\x5c", "\\xff", "\\").map((text) => Uint8Array.from(Buffer.from(text))),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const name = Buffer.concat(parts);
        const text = textOf(name);
        expect(bytesOf(text)).toEqual(name);
        expect(Buffer.from(text).toString()).toBe(text);
      }),
      { numRuns: 5_000 },
    );
  });
});
