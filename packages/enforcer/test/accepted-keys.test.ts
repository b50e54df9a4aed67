/** The public keys as kubelet mounts a ConfigMap: a file that is a link into a folder, which is exchanged by renaming another link. */

import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { PublicKeys, SigningKey } from "@portcullis/bus";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { AcceptedKeys } from "../src/bundles/accepted-keys.ts";
import { counting, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  directories.removeAll();
});

class MountedFolder {
  readonly path = directories.make();
  readonly file = join(this.path, "keys.json");
  #versions = 0;

  /** Kubelet's atomic writer. Undefined: the ConfigMap is gone, or was never there. */
  write(text: string | undefined): void {
    this.exchange(text);
    rmSync(this.file, { force: true });
    if (text !== undefined) symlinkSync("..data/keys.json", this.file);
  }

  /** Another version under links that stay: what an update does. */
  exchange(text: string | undefined): void {
    const version = `..${this.#versions++}`;
    mkdirSync(join(this.path, version));
    if (text !== undefined) writeFileSync(join(this.path, version, "keys.json"), text);
    symlinkSync(version, join(this.path, "..data_tmp"));
    renameSync(join(this.path, "..data_tmp"), join(this.path, "..data"));
  }
}

const [one, two] = [SigningKey.generate(), SigningKey.generate()];
const textOf = (...keys: SigningKey[]) => String(new PublicKeys(keys.map(({ publicKey }) => publicKey)));

function following(path: string, rereadMs: number) {
  const { count, of } = counting();
  const keys = new AcceptedKeys({ path, log: new MemoryLog(), count, rereadMs });
  const abort = new AbortController();
  let changes = 0;
  const running = keys.run(async () => void changes++, abort.signal);
  stops.push(async () => {
    abort.abort();
    await running;
  });
  return { keys, of, changes: () => changes };
}

/** Longer than any test: only the watch of the folder can have told. */
const never = 600_000;

describe("the accepted keys", () => {
  it("are those of the file, at once when kubelet exchanges it", async () => {
    const folder = new MountedFolder();
    folder.write(textOf(one));
    const { keys, changes } = following(folder.file, never);
    await until("the first", () => keys.current.get(one.id) !== undefined);
    folder.exchange(textOf(one, two));
    await until("both", () => keys.current.ids.length === 2);
    folder.exchange(textOf(two));
    await until("the second alone", () => keys.current.ids.join() === two.id);
    expect([keys.problem, changes()]).toEqual(["", 3]);
  });

  it("are none while there is no file, which is said, and come when it comes", async () => {
    const folder = new MountedFolder();
    folder.write(undefined);
    const { keys } = following(folder.file, never);
    await until("said", () => keys.problem.startsWith("ENFORCER_KEYS_MISSING: "));
    expect(keys.current.ids).toEqual([]);
    folder.write(textOf(one));
    await until("accepted", () => keys.current.ids.length === 1);
    expect(keys.problem).toBe("");
  });

  it("are found by reading at intervals where the folder itself comes later", async () => {
    const folder = join(directories.make(), "later");
    const { keys } = following(join(folder, "keys.json"), 20);
    await until("said", () => keys.problem !== "");
    mkdirSync(folder);
    writeFileSync(join(folder, "keys.json"), textOf(one));
    await until("accepted", () => keys.current.ids.length === 1);
  });

  it("stay when the file is damaged or taken away, which is said and counted", async () => {
    const folder = new MountedFolder();
    folder.write(textOf(one));
    const { keys, of } = following(folder.file, 20);
    await until("accepted", () => keys.current.ids.length === 1);
    folder.exchange('{"keys": [');
    await until("said", () => keys.problem.startsWith("ENFORCER_KEYS_UNREADABLE: "));
    expect([keys.current.ids, of("keys_unreadable")]).toEqual([[one.id], 1]);
    unlinkSync(folder.file);
    await until("said", () => keys.problem.startsWith("ENFORCER_KEYS_MISSING: "));
    expect(keys.current.ids).toEqual([one.id]);
    folder.write(textOf(one));
    await until("all is well", () => keys.problem === "");
  });
});
