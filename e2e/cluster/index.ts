/**
 * The door of e2e/cluster: a real cluster for one test file, with the control plane on loopback, nodes in guests and the product installed.
 * types.ts says what each call promises.
 */
export { AlertSubscription } from "./client/alerts.ts";
export { CaseInvalidError, ClusterError, DemoFailedError, StepFailedError, WaitedInVainError } from "./errors.ts";
export { bareGuest } from "./guest/bare-guest.ts";
export { keptDisk } from "./guest/disks.ts";
export type { Suite } from "./guest/guest-artifacts.ts";
export { ImageArchive, type ImageConfig } from "./guest/image-archives.ts";
export { run } from "./host-command.ts";
export { startCluster } from "./running-cluster.ts";
export { busLogin, busTls } from "./saved/installed-product.ts";
export { hostAddress, type LoneGuest, startLoneGuest } from "./saved/lone-guest.ts";
export type * from "./types.ts";
export { until } from "./wait.ts";
