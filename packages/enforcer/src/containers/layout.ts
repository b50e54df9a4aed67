/**
 * How kubelet and the container runtimes name cgroups, for both cgroup drivers:
 *
 *     cgroupfs  kubepods/[burstable|besteffort/]pod<uid>/<id>
 *     systemd   kubepods.slice/[kubepods-<qos>.slice/]kubepods[-<qos>]-pod<uid, - as _>.slice/cri-containerd-<id>.scope
 *
 * kubelet's own `cgroupRoot` may put one more directory above (`kubelet`, `kubelet.slice`). CRI-O's `crio-conmon-…`
 * scopes are the runtime's, not containers. Pure.
 */

export type CgroupName =
  | { readonly kind: "root" }
  | { readonly kind: "qos" }
  | { readonly kind: "pod"; readonly podUid: string }
  | { readonly kind: "container"; readonly containerId: string }
  | { readonly kind: "other" };

const rootName = /^(?:kubelet-)?kubepods(?:\.slice)?$|^kubelet(?:\.slice)?$/;
const qosName = /^(?:burstable|besteffort|(?:kubelet-)?kubepods-(?:burstable|besteffort)\.slice)$/;
const podName = /^pod([0-9a-fA-F-]{32,36})$/;
const podSlice = /^(?:kubelet-)?kubepods(?:-burstable|-besteffort)?-pod([0-9a-fA-F_]{32,36})\.slice$/;
const containerName = /^(?:(?:cri-containerd|crio|docker)-)?([0-9a-f]{64})(?:\.scope)?$/;

export function parseCgroupName(name: string): CgroupName {
  const container = containerName.exec(name);
  if (container) return { kind: "container", containerId: container[1]! };
  const pod = podName.exec(name) ?? podSlice.exec(name);
  if (pod) return { kind: "pod", podUid: pod[1]!.replaceAll("_", "-").toLowerCase() };
  if (qosName.test(name)) return { kind: "qos" };
  if (rootName.test(name)) return { kind: "root" };
  return { kind: "other" };
}

/** Whether below a directory of this name there are pods and nothing else: kubelet itself may run in the one above it. */
export const holdsPodsAlone = (name: string): boolean => /^(?:kubelet-)?kubepods(?:\.slice)?$/.test(name);

/** Whether the children of a directory of this kind are to be looked at. Containers' own sub-cgroups are not. */
export function descends(parent: CgroupName["kind"] | "mount", child: CgroupName["kind"]): boolean {
  switch (parent) {
    case "mount":
      return child === "root";
    case "root":
      return child === "root" || child === "qos" || child === "pod";
    case "qos":
      return child === "pod";
    case "pod":
      return child === "container";
    default:
      return false;
  }
}
