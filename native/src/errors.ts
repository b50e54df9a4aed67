/**
 * What can fail in this package, one stable code a failure (docs/errors.md): NativeError between this process and the kernel,
 * PackError in an automaton that is to be packed. A message names what was tried, what the kernel said and what to do. The
 * kernel's own words (libbpf's log, the verifier's last lines) are kept.
 */

export const nativeErrorCodes = [
  /** The compiled addon cannot be loaded. */
  "NATIVE_ADDON_MISSING",
  /** The BPF object cannot be read. */
  "NATIVE_OBJECT_MISSING",
  /** The BPF object lacks a map or program that the engine needs. */
  "NATIVE_OBJECT_INVALID",
  /** The pin directory is not on a bpffs. */
  "NATIVE_BPFFS_MISSING",
  /** Another process holds the pin directory. */
  "NATIVE_PIN_DIR_BUSY",
  /** What is pinned has another ABI version. */
  "NATIVE_ABI_MISMATCH",
  /** The kernel (usually its verifier) refused to load the object. */
  "NATIVE_LOAD_REFUSED",
  /** A loaded program could not be attached to its hook. */
  "NATIVE_ATTACH_REFUSED",
  /** The kernel refused another operation: a map update, a pin, a ring. */
  "NATIVE_KERNEL_REFUSED",
  /** A slot, cgroup id or rule table is not what the engine takes. */
  "NATIVE_ARGUMENT_INVALID",
  /** The engine was used after close() or remove(). */
  "NATIVE_ENGINE_CLOSED",
] as const;
export type NativeErrorCode = (typeof nativeErrorCodes)[number];

/** One class, because callers tell failures apart by `code` alone: each of them ends the same way, in the node's status. */
export class NativeError extends Error {
  override readonly name = "NativeError";
  readonly code: NativeErrorCode;
  /** Symbolic errno of the kernel's answer, e.g. `EPERM`; absent when the kernel was not asked. */
  readonly errno: string | undefined;
  readonly #log: string;

  constructor(code: NativeErrorCode, message: string, options: { errno?: string; log?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.errno = options.errno;
    this.#log = options.log ?? "";
  }

  /** The last 64 KiB at most of what libbpf printed meanwhile; empty if nothing. It is not printed with the error. */
  get log(): string {
    return this.#log;
  }
}

/** An error of the addon itself: `code` is the symbolic errno, `errno` its number, `log` what libbpf printed. */
export interface AddonError extends Error {
  code: string;
  errno: number;
  log: string;
}

/** Told by its shape and not by its class, because a test runner has an Error class of its own. */
export function isAddonError(error: unknown): error is AddonError {
  const candidate = error as Partial<AddonError> | null;
  return (
    typeof candidate?.code === "string" && typeof candidate.errno === "number" && typeof candidate.log === "string"
  );
}

/** Lines of the verifier's log in a message. What the verifier objects to stands at the end of its log. */
const verifierLines = 8;

/** The last lines of the last verifier log in what libbpf printed; empty if there is none. */
export function verifierTail(log: string, lines = verifierLines): string[] {
  const end = log.lastIndexOf("-- END PROG LOAD LOG --");
  if (end < 0) return [];
  const begin = log.lastIndexOf("-- BEGIN PROG LOAD LOG --", end);
  const body = log.slice(begin < 0 ? 0 : log.indexOf("\n", begin) + 1, end);
  const spoken = body
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(libbpf: )?(processed|verification time|stack depth) /.test(line));
  return spoken.filter((line) => line !== "libbpf: prog").slice(-lines);
}

/** The program of which libbpf says that it failed to load; empty if its log names none. */
export function refusedProgram(log: string): string {
  return (
    /prog '([^']+)': failed to load/.exec(log)?.[1] ?? /prog '([^']+)': BPF program load failed/.exec(log)?.[1] ?? ""
  );
}

/**
 * Runs a step that asks something of the kernel. An error of the addon becomes a NativeError of `code`, whose message has
 * `what`, the kernel's answer and, for a refused program, the verifier's last lines. Other errors pass as they are.
 */
export function step<T>(code: NativeErrorCode, what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw isAddonError(error) ? fromAddon(code, what, error) : error;
  }
}

function fromAddon(code: NativeErrorCode, what: string, error: AddonError): NativeError {
  const program = refusedProgram(error.log);
  const verifier = verifierTail(error.log);
  const parts = [`${what}: ${error.message} (${error.code})`];
  if (program !== "") parts.push(`program ${program}`);
  if (verifier.length > 0) parts.push(`the verifier's last words:\n${verifier.map((line) => `  ${line}`).join("\n")}`);
  else if (error.log.trim() !== "") parts.push(error.log.trim().split("\n").slice(-3).join(" | "));
  if (error.code === "EPERM")
    parts.push("CAP_BPF, CAP_PERFMON and CAP_MAC_ADMIN are needed; `probe` says whether the kernel forbids it");
  return new NativeError(code, parts.join("; "), { errno: error.code, log: error.log, cause: error });
}

/** The codes are older than the word "rule table" and stay, because users see them. */
export const packErrorCodes = [
  /** Two names of the automaton have the same key under this seed. */
  "IMAGE_COLLISION",
  /** The automaton contradicts itself. */
  "IMAGE_INVALID",
] as const;

export class PackError extends Error {
  override readonly name = "PackError";
  readonly code: (typeof packErrorCodes)[number];

  private constructor(code: PackError["code"], message: string) {
    super(message);
    this.code = code;
  }

  static collision(first: string, second: string): PackError {
    const what = `${first} and ${second} have the same hash`;
    return new PackError("IMAGE_COLLISION", `${what}: pack again with another seed, or rename one of them`);
  }

  static invalid(field: string, value: unknown, remedy: string): PackError {
    return new PackError("IMAGE_INVALID", `automaton ${field} = ${String(value)}: ${remedy}`);
  }
}
