/** Objects as JSON: a list is one document, a watch is a line for each event. */

import { KubeResponseError } from "../errors.ts";
import type { WatchEvent } from "./format.ts";

const shown = (text: string): string => JSON.stringify(text.slice(0, 80));

/** What an answer says. Throws KubeResponseError, which begins with `name`. */
export function valueOfJson(bytes: Uint8Array, name: string): unknown {
  return parsed(new TextDecoder().decode(bytes), name);
}

export async function* eventsOfJson(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<WatchEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield parsed(line, name) as WatchEvent;
  }
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubeResponseError(`${name}: the answer is not JSON: ${shown(text)}`, { cause });
  }
}
