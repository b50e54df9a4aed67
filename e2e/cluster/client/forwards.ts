/** Ports of pods on the host, past the API server: QEMU lets a port in, the node's nftables leads it to the pod. */
import type { V1Pod } from "@kubernetes/client-node";
import { ports } from "../addresses.ts";
import { ClusterError } from "../errors.ts";
import type { ClusterMachines } from "../saved/cluster-machines.ts";

const firstGuestPort = 31_700;

export class Forwards {
  readonly #world: ClusterMachines;
  #count = 0;

  constructor(world: ClusterMachines) {
    this.#world = world;
  }

  /** `host:port` that leads to the pod's port for as long as this pod lives. */
  async add(pod: V1Pod, port: number): Promise<string> {
    const guest = this.#world.guests.find(({ node }) => node === pod.spec?.nodeName);
    const address = pod.status?.podIP;
    if (!guest || !address)
      throw new ClusterError("E2E_OPTION", `pod ${pod.metadata?.name} has no node or no address yet`);
    const index = this.#count++;
    const inside = firstGuestPort + index;
    await guest.check(
      `nft add rule ip e2e forwards ip daddr 10.0.0.0/16 tcp dport ${inside} dnat to ${address}:${port}`,
    );
    await guest.forward(ports.forward + index, inside);
    return `${this.#world.host}:${ports.forward + index}`;
  }
}
