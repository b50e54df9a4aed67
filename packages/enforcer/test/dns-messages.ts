/** Messages of DNS, as tests send them. */

/** A query for the addresses of a name. */
export function queryFor(name: string, { questions = 1, more = new Uint8Array() } = {}): Uint8Array {
  const labels = name.split(".").map((label) => Buffer.from(label));
  const encoded = labels.flatMap((label) => [Buffer.from([label.length]), label]);
  const header = [0x12, 0x34, 1, 0, 0, questions, 0, 0, 0, 0, 0, 0];
  return Buffer.concat([Buffer.from(header), ...encoded, Buffer.from([0, 0, 1, 0, 1]), more]);
}

/** Messages one after another, each after its length, as they go by TCP. */
export function byStream(...messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(messages.flatMap((one) => [Buffer.from([one.length >> 8, one.length & 0xff]), one]));
}
