/**
 * Which control runs have passed. A control run has no policy in it, so its result depends on the case and the fixture
 * images alone: it is kept beside the other caches, keyed by both, and done again when either changes.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Case } from "./case.ts";

export interface ControlStore {
  knows(c: Case): boolean;
  remember(c: Case): void;
}

/** A store in one JSON file. `imageDigest` is the digest of a fixture's image. */
export function controlStore(file: string, imageDigest: (fixture: string) => string): ControlStore {
  const passed = new Set(readPassed(file));
  const key = (c: Case): string => {
    const images = c.workloads.map((w) => imageDigest(w.fixture ?? ""));
    return createHash("sha256")
      .update(JSON.stringify([c.steps, c.workloads, images]))
      .digest("hex");
  };
  // What a guest has itself is in no image: such a control run is done each time.
  const onHost = (c: Case): boolean => c.workloads.some(({ host }) => host);
  return {
    knows: (c) => !onHost(c) && passed.has(key(c)),
    remember: (c) => {
      if (onHost(c)) return;
      passed.add(key(c));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify([...passed].sort()));
    },
  };
}

function readPassed(file: string): string[] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as string[];
  } catch {
    return []; // never run here, or half written: the control runs are simply done again
  }
}
