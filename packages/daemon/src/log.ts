/**
 * The log of a process: one JSON object a line on standard output. Messages are constant. What varies goes into fields, with the names
 * used everywhere (`node`, `policy`, `pod`, `container`, `revision`, `error`). Log when something changes and count what repeats: every
 * line waits in memory until the event loop turns.
 */

import { once } from "node:events";
import winston from "winston";
import { serialise } from "./serialise.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** What `createLog` returns: the log, and what only its owner does with it. */
export interface RootLog extends Log {
  /** A log that adds these fields to every line. */
  child(fields: Fields): Log;
  /** Resolves when every line has been written; nothing can be logged afterwards. */
  end(): Promise<void>;
}

const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** On every line: `component`, `node`, … */
  readonly fields?: Fields | undefined;
  readonly stream?: NodeJS.WritableStream | undefined;
}

export function createLog({ level, fields = {}, stream = process.stdout }: LogOptions): RootLog {
  const logger = winston.createLogger({
    level,
    // The lines are finished text. Winston's own handling of errors and bigints would lose what is in them.
    format: winston.format.printf(({ message }) => String(message)),
    transports: [new winston.transports.Stream({ stream })],
  });
  return {
    ...logOf(logger, fields),
    child: (more) => logOf(logger, { ...fields, ...more }),
    async end() {
      const done = once(logger, "finish");
      logger.end();
      await done;
    },
  };
}

function logOf(logger: winston.Logger, shared: Fields): Log {
  const at = (level: LogLevel) => (message: string, fields?: Fields) => {
    if (logger.isLevelEnabled(level)) logger.log(level, line(level, message, { ...shared, ...fields }));
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

function line(level: LogLevel, message: string, fields: Fields): string {
  const plain = serialise(fields) as Record<string, unknown>;
  // These three come first, where a reader looks for them. A field of the same name cannot take their place.
  return JSON.stringify({
    ...{ time: "", level: "", message: "" },
    ...plain,
    ...{ time: new Date().toISOString(), level, message },
  });
}
