/**
 * Any value as plain JSON data for the log: errors with code, stack and cause chain (JSON.stringify gives `{}`), bigints as
 * decimal strings, the number of bytes instead of bytes. Cycles and great depth are cut off. A log line must never throw.
 */

const maxDepth = 6;
const maxItems = 100;

export function serialise(value: unknown): unknown {
  return plain(value, 0, []);
}

function plain(value: unknown, depth: number, above: readonly object[]): unknown {
  switch (typeof value) {
    case "bigint":
      return value.toString();
    case "function":
    case "symbol":
      return String(value).slice(0, 100);
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (above.includes(value)) return "[circular]";
  if (depth >= maxDepth) return "[too deep]";
  const within = [...above, value];
  const inner = (item: unknown) => plain(item, depth + 1, within);
  if (value instanceof Error) return fromError(value, inner);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof Map) return inner(Object.fromEntries([...value].map(([key, item]) => [String(key), item])));
  if (value instanceof Set) return inner([...value]);
  if (Array.isArray(value)) return shorten(value.map(inner));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
}

function fromError(error: Error, inner: (item: unknown) => unknown): Record<string, unknown> {
  const { code, field } = error as { code?: unknown; field?: unknown };
  return {
    name: error.name,
    ...(code === undefined ? {} : { code: inner(code) }),
    message: error.message,
    ...(field === undefined ? {} : { field: inner(field) }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: inner(error.cause) }),
    ...(error instanceof AggregateError ? { errors: shorten(error.errors.map(inner)) } : {}),
  };
}

function shorten(items: unknown[]): unknown[] {
  return items.length <= maxItems ? items : [...items.slice(0, maxItems), `[${items.length - maxItems} more]`];
}
