/**
 * One set-up at a time: whoever listens on the cache's socket name has the lock. The name is in Linux's abstract
 * namespace, so that it goes with the process that holds it, however that ends: nothing to clean up, no stale file.
 * Plain JavaScript, because run.mjs uses it under any Node.
 */
import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";

/**
 * Waits for the lock of one cache directory; `waiting` is called once when somebody else has it. Returns a function
 * that gives it back; rejects with the signal's reason when that is aborted first.
 */
export async function lock(cache, waiting = () => {}, signal = undefined) {
  const path = `\0portcullis-${createHash("sha256").update(cache).digest("hex").slice(0, 32)}`;
  for (let first = true; ; first = false) {
    const unlock = await listen(path);
    if (unlock) return unlock;
    if (first) waiting();
    await ended(path, signal);
  }
}

/** Takes the name; resolves to a function that gives it back, or to undefined when it is taken. */
function listen(path) {
  return new Promise((resolve, reject) => {
    const waiters = new Set();
    const server = createServer((socket) => {
      waiters.add(socket.unref());
      socket.on("error", () => {}); // a waiter that went away
      socket.on("close", () => waiters.delete(socket));
    });
    server.unref();
    server.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen(path, () =>
      resolve(() => {
        server.close();
        for (const socket of waiters) socket.destroy();
      }),
    );
  });
}

/** Resolves when the holder has gone: its end closes the connection. */
function ended(path, signal) {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const abort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    socket.once("error", () => setTimeout(resolve, 50));
    socket.once("close", resolve);
    socket.resume();
  });
}
