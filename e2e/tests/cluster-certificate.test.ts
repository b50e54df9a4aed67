/** Promise: the certificate of NATS is exchanged in a running cluster, and nobody loses the bus by it. */
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { certificatesIn } from "@portcullis/bus/certificates";
import { repository } from "@portcullis/tools/setup";
import { busTls, type Cluster, startCluster } from "../cluster/index.ts";

const minutes = (n: number): number => n * 60_000;
jest.setTimeout(minutes(15));

const namespace = "portcullis";
const chart = join(repository, "charts", "portcullis");

describe("the certificate of NATS", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ name: "cluster-certificate" });
  }, minutes(20));
  afterAll(async () => await cluster?.end(), minutes(1));

  const kubectl = (...args: string[]) => cluster.kubectl(["-n", namespace, ...args]);
  /** What kubelet is to mount into NATS. */
  const inSecret = async (): Promise<X509Certificate> => {
    const path = '-o=go-template={{index .data "tls.crt" | base64decode}}';
    return new X509Certificate(await kubectl("get", "secret", "portcullis-nats-tls", path));
  };
  const authorities = async () => certificatesIn((await busTls(namespace, cluster.kubectl)).authorities());
  /** Each container of NATS and of the enforcers: which pod, and how often it was started. */
  const pods = () =>
    kubectl(
      ...["get", "pods", "-l", "app.kubernetes.io/component in (nats, enforcer)"],
      "-o=jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{'\\n'}{end}",
    );

  it("is exchanged when it is asked for, while pods and alerts go on", async () => {
    // The delay is for kubelets; here the first look after it is soon enough to be waited for.
    const values = ["--reuse-values", "--set", "signing.delaySeconds=5", "--wait", "--timeout", "300s"];
    await cluster.helm(["upgrade", "portcullis", chart, "-n", namespace, ...values], { timeoutMs: minutes(6) });
    const [first, before] = [await inSecret(), await pods()];
    const [old = ""] = await authorities();
    expect(first.verify(new X509Certificate(old).publicKey)).toBe(true);
    await kubectl("annotate", "secret", "portcullis-nats-tls", "portcullis.dev/rotate=once");
    const next = await cluster.until(
      "another certificate",
      async () => {
        const found = await inSecret();
        return found.fingerprint256 !== first.fingerprint256 && found;
      },
      minutes(5),
    );
    // The old authority goes when NATS has presented the new certificate to the controller, not before.
    await cluster.until("its authority alone", async () => (await authorities()).length === 1, minutes(5));
    const [authority = ""] = await authorities();
    expect(next.verify(new X509Certificate(authority).publicKey)).toBe(true);
    expect(await pods()).toBe(before);
    // Who dials now meets the new certificate alone.
    const alerts = cluster.alerts();
    await alerts.ready;
    await alerts.close();
  });

  it("is accepted by an enforcer that starts after that", async () => {
    await kubectl("delete", "pod", "-l", "app.kubernetes.io/component=enforcer");
    const rollout = ["rollout", "status", "daemonset/portcullis-enforcer", "--timeout=180s"];
    await cluster.kubectl(["-n", namespace, ...rollout], { timeoutMs: minutes(4) });
    // A node is ready when it enforces, whether there is a bus or not.
    const log = () => kubectl("logs", "-l", "app.kubernetes.io/component=enforcer", "--tail=-1");
    await cluster.until(
      "the enforcer to be connected",
      async () => (await log()).includes("bus connected"),
      minutes(4),
    );
    expect(await log()).not.toContain("BUS_CERTIFICATE_REFUSED");
  });
});
