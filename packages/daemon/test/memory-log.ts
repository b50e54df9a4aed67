/** Logs for tests: one that keeps its lines, and one that keeps nothing. */
import type { Fields, Log, LogLevel } from "../src/log.ts";

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Fields;
}

export class MemoryLog implements Log {
  readonly lines: LogLine[] = [];

  debug(message: string, fields?: Fields): void {
    this.#keep("debug", message, fields);
  }
  info(message: string, fields?: Fields): void {
    this.#keep("info", message, fields);
  }
  warn(message: string, fields?: Fields): void {
    this.#keep("warn", message, fields);
  }
  error(message: string, fields?: Fields): void {
    this.#keep("error", message, fields);
  }

  #keep(level: LogLevel, message: string, fields: Fields = {}): void {
    this.lines.push({ level, message, fields });
  }
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
