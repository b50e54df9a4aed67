/** A bounded queue between an iteration and a slow reader: only the newest item of each key waits. */

/**
 * Reads what `open` gives as it comes, and yields in order of first arrival. A newer item takes the place of one with the same key that
 * still waits. The signal that `open` gets aborts when the reader leaves.
 */
export async function* coalescing<K, T>(
  signal: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<readonly [K, T]>,
): AsyncGenerator<T, void, undefined> {
  const leave = new AbortController();
  const waiting = new Map<K, T>();
  let wake = Promise.withResolvers<void>();
  let ended = false;
  const pump = (async () => {
    try {
      for await (const [key, item] of open(AbortSignal.any([signal, leave.signal]))) {
        waiting.set(key, item);
        wake.resolve();
      }
    } finally {
      ended = true;
      wake.resolve();
    }
  })();
  // It is awaited below in every case. Until then this keeps a failure from being reported as unhandled.
  pump.catch(() => {});
  try {
    while (!signal.aborted) {
      for (const [key, item] of waiting) {
        waiting.delete(key);
        yield item;
        if (signal.aborted) return;
      }
      if (waiting.size > 0) continue;
      if (ended) break;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    leave.abort();
    await pump;
  }
}
