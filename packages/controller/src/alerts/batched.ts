/** What comes one by one, in batches of what has come already: nobody waits for a batch to fill. While nothing comes there is an empty one now and then. */

import { setImmediate as soon } from "node:timers/promises";
import { sleep } from "@portcullis/daemon";

interface BatchOptions {
  readonly most: number;
  /** Between two batches at most. */
  readonly everyMs: number;
}

export async function* batched<T>(
  source: AsyncIterable<T>,
  { most, everyMs }: BatchOptions,
): AsyncGenerator<T[], void, undefined> {
  const items = source[Symbol.asyncIterator]();
  let next = items.next();
  for (;;) {
    const waited = new AbortController();
    const first = await Promise.race([next, sleep(everyMs, waited.signal).then(() => "none yet" as const)]);
    waited.abort();
    if (first === "none yet") {
      yield [];
      continue;
    }
    if (first.done) return;
    const batch = [first.value];
    next = items.next();
    while (batch.length < most) {
      const more = await Promise.race([next, soon("none yet" as const)]);
      if (more === "none yet") break;
      if (more.done) {
        yield batch;
        return;
      }
      batch.push(more.value);
      next = items.next();
    }
    yield batch;
  }
}
