/** The layout of kubelet's volumes, by the shell that makes it, in a folder of the test's own. */
import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { PodVolumes } from "./pod-volumes.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A pod with one ConfigMap; its folder is moved from kubelet's to one of ours. */
function pod(data: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), "portcullis-volume-"));
  folders.push(root);
  const files = { ...data };
  const spec = {
    containers: [],
    automountServiceAccountToken: false,
    volumes: [{ name: "config", configMap: { name: "settings" } }],
  };
  const volumes = new PodVolumes("uid-1", spec, () => files);
  const bash = (script: string) =>
    execFileSync("bash", ["-c", `set -eu\n${script.replaceAll("/var/lib/kubelet", root)}`], { stdio: "inherit" });
  const change = (to: Record<string, string>) => {
    for (const name of Object.keys(files)) delete files[name];
    Object.assign(files, to);
    bash(volumes.update("ConfigMap", "settings"));
  };
  bash(volumes.make("shop"));
  return { path: join(root, "pods/uid-1/volumes/kubernetes.io~configmap/config"), change };
}

describe("a ConfigMap's volume", () => {
  it("has each file behind two symbolic links", () => {
    const { path } = pod({ "app.conf": "one\n" });
    expect(readlinkSync(join(path, "app.conf"))).toBe("..data/app.conf");
    expect(readlinkSync(join(path, "..data"))).toMatch(/^\.\.\d{4}(_\d\d){5}\.\d+$/);
    expect(readFileSync(join(path, "app.conf"), "utf8")).toBe("one\n");
  });

  it("is swapped by its one link, and what is old or gone is removed", () => {
    const { path, change } = pod({ "app.conf": "one\n", "old.conf": "old\n" });
    const before = readlinkSync(join(path, "..data"));
    const link = lstatSync(join(path, "app.conf")).ino;
    change({ "app.conf": "two\n", "new.conf": "new\n" });
    const after = readlinkSync(join(path, "..data"));
    expect(after).not.toBe(before);
    expect(lstatSync(join(path, "app.conf")).ino).toBe(link);
    expect(readFileSync(join(path, "app.conf"), "utf8")).toBe("two\n");
    expect(readdirSync(path).sort()).toEqual(["..data", after, "app.conf", "new.conf"].sort());
  });
});
