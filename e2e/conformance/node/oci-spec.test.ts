import { describe, expect, it } from "@jest/globals";
import { ociSpec } from "./oci-spec.ts";
import type { PodContainer } from "./pod.ts";

interface Spec {
  readonly process: { readonly args: string[]; readonly env: string[]; readonly capabilities: { effective: string[] } };
  readonly mounts: readonly { destination: string; options: string[] }[];
  readonly linux: { readonly maskedPaths?: string[]; readonly namespaces: readonly { type: string; path?: string }[] };
}

const spec = (container: Partial<PodContainer>, mounts: readonly string[] = []): Spec =>
  ociSpec({
    container: { name: "main", image: "box", ...container },
    image: { Entrypoint: ["/entry"], Cmd: ["now"], Env: ["PATH=/bin", "A=b"] },
    ...{ pod: "till", cgroup: "/kubepods/pod1/id", namespaces: "/run/pods/1" },
    mounts: mounts.map((destination) => ({ source: "/from", destination, isReadOnly: true })),
  }) as Spec;
const types = ({ linux }: Spec) => linux.namespaces.map(({ type }) => type).sort();

describe("a container's specification", () => {
  it("starts what the image says, or the pod instead, with the image's environment and the pod's name", () => {
    expect(spec({}).process.args).toEqual(["/entry", "now"]);
    expect(spec({ command: ["sleep", "9"] }).process.args).toEqual(["sleep", "9"]);
    expect(spec({}).process.env).toEqual(["HOSTNAME=till", "PATH=/bin", "A=b"]);
  });

  it("shares the pod's network, IPC and host name, and nothing else", () => {
    const paths = spec({}).linux.namespaces.flatMap(({ path }) => (path === undefined ? [] : [path]));
    expect(paths.sort()).toEqual(["/run/pods/1/ipc", "/run/pods/1/net", "/run/pods/1/uts"]);
    expect(types(spec({}))).toEqual(["cgroup", "ipc", "mount", "network", "pid", "uts"]);
  });

  it("of a container that asks for nothing has the runtime's own capabilities and hides parts of /proc", () => {
    const { process, linux } = spec({ securityContext: { capabilities: { add: ["SYS_TIME"] } } });
    expect(process.capabilities.effective).toEqual(expect.arrayContaining(["CAP_CHOWN", "CAP_SYS_TIME"]));
    expect(process.capabilities.effective).not.toContain("CAP_SYS_ADMIN");
    expect(linux.maskedPaths).toContain("/proc/kcore");
  });

  it("of a privileged one has every capability, the node's cgroups and hides nothing", () => {
    const privileged = spec({ securityContext: { privileged: true } });
    expect(privileged.process.capabilities.effective).toHaveLength(41);
    expect(types(privileged)).not.toContain("cgroup");
    expect(privileged.linux.maskedPaths).toBeUndefined();
  });

  it("mounts a folder before what lies below it, read-only where that is asked for", () => {
    const mounts = spec({}, ["/etc/app/deep", "/etc/app"]).mounts.filter(({ destination }) => /app/.test(destination));
    expect(mounts.map(({ destination }) => destination)).toEqual(["/etc/app", "/etc/app/deep"]);
    expect(mounts[0]?.options).toContain("ro");
  });
});
