/**
 * Names as text. To the kernel they are bytes; an alert is UTF-8. A byte that is part of no character is written as `\xNN`, in small letters, and the
 * backslash of what looks like that already as `\x5c`: so whoever puts a byte in the place of every `\xNN` has the name again.
 */

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
/** What TextDecoder puts in the place of what is no character; a name may have it, too. */
const replacement = "\ufffd";
const likeAnEscape = /\\(?=x[0-9a-f]{2})/g;

export function textOf(bytes: Uint8Array): string {
  const text = utf8.decode(bytes);
  return text.includes(replacement) ? escaped(bytes) : guarded(text);
}

/** The name of which `textOf` made the text, if it is UTF-8; odd bytes stay escaped. For who compares it with names of others. */
export const nameIn = (text: string): string => text.replaceAll(/\\x5c(?=x[0-9a-f]{2})/g, "\\");

function escaped(bytes: Uint8Array): string {
  let text = "";
  let from = 0;
  for (let i = 0; i < bytes.length; ) {
    const length = characterAt(bytes, i);
    if (length === 0) {
      text += `${guarded(utf8.decode(bytes.subarray(from, i)))}\\x${hex(bytes[i]!)}`;
      from = i + 1;
    }
    i += Math.max(length, 1);
  }
  return text + guarded(utf8.decode(bytes.subarray(from)));
}

const guarded = (text: string): string => text.replaceAll(likeAnEscape, "\\x5c");
const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

/** How many bytes the character has that begins here; 0: none does. */
function characterAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const kind = characters.find(({ from, to }) => first >= from && first <= to);
  if (kind === undefined) return 0;
  const isWhole = kind.others.every(([least, most], i) => isBetween(bytes[at + 1 + i], least, most));
  return isWhole ? 1 + kind.others.length : 0;
}

const isBetween = (byte: number | undefined, least: number, most: number): boolean =>
  byte !== undefined && byte >= least && byte <= most;

type Range = readonly [least: number, most: number];
const next: Range = [0x80, 0xbf];

/** The first byte of a character, and those after it: none is longer than it has to be, half of a pair, or beyond the last one (Unicode 15, table 3-7). */
const characters: readonly { readonly from: number; readonly to: number; readonly others: readonly Range[] }[] = [
  { from: 0x00, to: 0x7f, others: [] },
  { from: 0xc2, to: 0xdf, others: [next] },
  { from: 0xe0, to: 0xe0, others: [[0xa0, 0xbf], next] },
  { from: 0xe1, to: 0xec, others: [next, next] },
  { from: 0xed, to: 0xed, others: [[0x80, 0x9f], next] },
  { from: 0xee, to: 0xef, others: [next, next] },
  { from: 0xf0, to: 0xf0, others: [[0x90, 0xbf], next, next] },
  { from: 0xf1, to: 0xf3, others: [next, next, next] },
  { from: 0xf4, to: 0xf4, others: [[0x80, 0x8f], next, next] },
];
