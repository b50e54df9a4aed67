/** Ports and addresses that the host's side of a cluster and its guests have agreed on. */

/** On the cluster's own loopback address (control-plane/loopback-address.ts). */
export const ports = {
  /** Held open for as long as the address is taken. */
  claim: 16440,
  api: 16443,
  etcd: 16379,
  etcdPeer: 16380,
  /** Node n's kubelet is at `kubelet + n`. */
  kubelet: 16500,
  /** Node n's published port of the bus is at `bus + n`. */
  bus: 16600,
  /** Forwards made later on, counted up. */
  forward: 16700,
} as const;

/** What the guests know the API server by. */
export const apiAddress = "10.0.0.3";

/** Where a guest's kubelet listens. */
export const kubeletPort = 10250;

/** `number`: 1-based, the node's. */
export const guestAddress = (number: number): string => `10.0.${number}.15`;
