/**
 * An alert that is larger than a message may be is cut in its longest texts and says so in its data: a denial with an argument of
 * megabytes must be seen, and what is long in it is an attacker's choice.
 */

import type { Alert } from "@portcullis/model";
import { alertMaxBytes, encodeAlert, encodeAlertOfAnySize } from "./alert.ts";

interface FittedAlert {
  readonly alert: Alert;
  readonly bytes: Uint8Array;
  readonly cut: boolean;
}

/** Names, numbers and ids are never cut. */
const texts = ["source", "resource", "processName", "parentProcessName", "message", "cwd", "data", "tty"] as const;
const ellipsis = "…";
/** Room for the mark of what was cut, and for the lengths of texts. */
const reserveBytes = 512;
/** Where less than this would be left of each long text, labels are left out first. */
const leastTextBytes = 1_024;

/** The alert in at most `maxBytes`, or whole where even cutting does not help. Throws what `encodeAlert` throws. */
export function fitAlert(alert: Alert, maxBytes = alertMaxBytes): FittedAlert {
  const whole = encodeAlertOfAnySize(alert);
  if (whole.length <= maxBytes) return { alert, bytes: whole, cut: false };
  for (const reduced of reductions(alert, maxBytes)) {
    const bytes = encodeAlertOfAnySize(reduced);
    if (bytes.length <= maxBytes) return { alert: reduced, bytes, cut: true };
  }
  return { alert, bytes: encodeAlert(alert), cut: false };
}

/** Less and less of the alert: long texts cut, then without labels and tags, then without what stands in its data alone. */
function* reductions(alert: Alert, maxBytes: number): Generator<Alert> {
  const labelled = cutTexts(alert, maxBytes, []);
  // Many labels leave so little of every text that they say less than the texts would.
  if (labelled.most >= Math.min(leastTextBytes, maxBytes / 16)) yield labelled.alert;
  const unlabelled = { ...alert, labels: {}, tags: [] };
  yield cutTexts(unlabelled, maxBytes, ["labels", "tags"]).alert;
  yield cutTexts({ ...unlabelled, eventData: {} }, maxBytes, ["labels", "tags", "eventData"]).alert;
}

/** Cuts the longest texts to one length, which is as long as `maxBytes` allows. `gone`: what was left out of the alert before. */
function cutTexts(alert: Alert, maxBytes: number, gone: readonly string[]): { alert: Alert; most: number } {
  const values = [...texts.map((name) => alert[name]), ...Object.values(alert.eventData)];
  const sizes = values.map((value) => Buffer.byteLength(value));
  const rest = encodeAlertOfAnySize(alert).length - sizes.reduce((sum, size) => sum + size, 0);
  const most = levelOf(sizes, maxBytes - rest - reserveBytes);
  const cut = (value: string) => cutTo(value, most);
  const eventData = Object.fromEntries(Object.entries(alert.eventData).map(([key, value]) => [key, cut(value)]));
  const cutNames = [...gone, ...texts.filter((name) => cut(alert[name]) !== alert[name])];
  if (Object.entries(eventData).some(([key, value]) => value !== alert.eventData[key])) cutNames.push("eventData");
  const mark = cutNames.map((name) => name[0]?.toUpperCase() + name.slice(1)).join(",");
  const reduced = {
    ...alert,
    ...Object.fromEntries(texts.map((name) => [name, cut(alert[name])])),
    data: [cut(alert.data), `cut=${mark}`].filter((part) => part !== "").join(" "),
    eventData: { ...eventData, Cut: mark },
  };
  return { alert: reduced, most };
}

/** The largest length to which all may be cut so that their sum is within the budget. */
function levelOf(sizes: readonly number[], budget: number): number {
  const ascending = [...sizes].sort((a, b) => a - b);
  let left = budget;
  for (const [index, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (size > share) return Math.max(0, share);
    left -= size;
  }
  return ascending.at(-1) ?? 0;
}

/** At most so many bytes of UTF-8, and no half character. */
function cutTo(value: string, maxBytes: number): string {
  const bytes = Buffer.from(value);
  if (bytes.length <= maxBytes) return value;
  let end = Math.max(0, maxBytes - Buffer.byteLength(ellipsis));
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return end === 0 ? "" : bytes.subarray(0, end).toString() + ellipsis;
}
