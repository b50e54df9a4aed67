/** What a verb tells the terminal: one line an event, stamped with the seconds since its start. */

export interface Report {
  line(text: string): void;
}

/** Lines like `[ 12.3 s] go-tools: done in 9.8 s`. */
export function terminalReport(write: (text: string) => void, now: () => number = () => performance.now()): Report {
  const start = now();
  return {
    line(text) {
      write(`[${((now() - start) / 1000).toFixed(1).padStart(6)} s] ${text}\n`);
    },
  };
}

/** Bytes as people read them. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
}
