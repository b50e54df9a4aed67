/** Who a node is on NATS, with tokens that a real API server has made and a NATS server that asks. Long because each way to be refused is a case. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { connect, LoginKey } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { MemoryLog, silentLog, until } from "@portcullis/daemon/testing";
import { collectionPath, type KubeObject } from "@portcullis/kube";
import type { AllowanceOptions } from "../src/access/login-allowance.ts";
import { letNodesIn, NodeLogins } from "../src/access/node-logins.ts";
import { ServiceAccountTokens } from "../src/access/service-account-tokens.ts";
import { makeInformers } from "../src/watch/informers.ts";
import { type Pod, podResource, type RawPod, toPod } from "../src/watch/objects.ts";
import { Cluster } from "./cluster.ts";

const namespace = "portcullis";
const serviceAccount = "portcullis-enforcer";
const audience = "portcullis-nats.portcullis";
const refused = (why: RegExp) => ({ code: "CONTROLLER_TOKEN_REFUSED", message: expect.stringMatching(why) });

describe("a node's login", () => {
  let cluster: Cluster;
  let pods: Map<string, Pod>;
  let logins: NodeLogins;
  let token: string;
  const stop = new AbortController();

  const post = <T>(path: string, body: object) => cluster.client.request<T>({ method: "POST", path, body });
  async function makePod(name: string, node: string, account = serviceAccount): Promise<KubeObject> {
    const pod = await post<KubeObject & RawPod>(collectionPath(podResource, namespace), {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
      spec: { nodeName: node, serviceAccountName: account, containers: [{ name: "main", image: "x:1" }] },
    });
    pods.set(name, toPod(pod));
    return pod;
  }
  async function tokenFor(pod: KubeObject | undefined, account = serviceAccount, audiences = [audience]) {
    const boundObjectRef = pod && { apiVersion: "v1", kind: "Pod", name: pod.metadata.name, uid: pod.metadata.uid };
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const spec = { audiences, expirationSeconds: 600, boundObjectRef };
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
    return (await post<{ status: { token: string } }>(path, body)).status.token;
  }
  const withPods = (pod: (namespace: string, name: string) => Pod | undefined, allowance?: AllowanceOptions) =>
    new NodeLogins({
      allowance,
      ...{ audience, serviceAccount, namespace, client: cluster.client, key: LoginKey.generate(), pod },
      bus: cluster.bus,
    });

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.namespace(namespace);
    for (const node of ["node-1", "node-2"]) await cluster.node(node);
    for (const name of [serviceAccount, "other"])
      await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
        ...{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } },
      });
    pods = new Map();
    token = await tokenFor(await makePod("enforcer-a", "node-1"));
    logins = withPods((_, name) => pods.get(name));
  }, 120_000);
  afterAll(async () => {
    stop.abort();
    await cluster?.stop();
  });

  it("is of the node that the token's pod is on, for an hour more or less", async () => {
    const { node, lastsMs } = await logins.identify(token);
    expect(node).toBe("node-1");
    expect(lastsMs).toBeGreaterThanOrEqual(2_700_000);
    expect(lastsMs).toBeLessThanOrEqual(4_500_000);
  });

  it("is refused for a token that is for the API server or for somebody else", async () => {
    const pod = await makePod("enforcer-b", "node-1");
    for (const audiences of [[], ["portcullis-nats.elsewhere"]])
      await expect(logins.identify(await tokenFor(pod, serviceAccount, audiences))).rejects.toMatchObject(
        refused(/for somebody else/),
      );
  });

  it("is refused for a token of another service account, and for one that is of no pod", async () => {
    const other = await tokenFor(await makePod("other-a", "node-1", "other"), "other");
    await expect(logins.identify(other)).rejects.toMatchObject(refused(/another service account/));
    await expect(logins.identify(await tokenFor(undefined))).rejects.toMatchObject(refused(/bound to a pod/));
  });

  it("is refused while the pod is not known, when it has ended, and when another has taken its name", async () => {
    const pod = await makePod("enforcer-c", "node-2");
    const own = await tokenFor(pod);
    const known = pods.get("enforcer-c") as Pod;
    const metadata = { ...known.metadata, uid: "another" };
    for (const seen of [undefined, { ...known, finished: true }, { ...known, metadata }])
      await expect(withPods(() => seen).identify(own)).rejects.toMatchObject(refused(/not known here/));
    expect((await logins.identify(own)).node).toBe("node-2");
  });

  it("is refused when what is seen of the pod and what the token says are two nodes", async () => {
    const pod = await makePod("enforcer-d", "node-2");
    const seen = { ...(pods.get("enforcer-d") as Pod), node: "node-1" };
    await expect(withPods(() => seen).identify(await tokenFor(pod))).rejects.toMatchObject(refused(/another node/));
  });

  it("is given to one node so often at once, and later again; others are let in meanwhile", async () => {
    const clock = { ms: 0 };
    const own = await tokenFor(await makePod("enforcer-e", "node-1"));
    const other = await tokenFor(await makePod("enforcer-f", "node-2"));
    const bounded = withPods((_, name) => pods.get(name), { atOnce: 2, everyMs: 60_000, now: () => clock.ms });
    for (let i = 0; i < 2; i++) expect((await bounded.identify(own)).node).toBe("node-1");
    const exhausted = { code: "CONTROLLER_LOGINS_EXHAUSTED", message: expect.stringMatching(/node-1/) };
    await expect(bounded.identify(own)).rejects.toMatchObject(exhausted);
    expect((await bounded.identify(other)).node).toBe("node-2");
    clock.ms = 60_000;
    expect((await bounded.identify(own)).node).toBe("node-1");
  });

  it("is refused for what is no token, and for one that was changed", async () => {
    const [head = "", body = "", signature = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const changed = encode({ ...claims, exp: claims.exp + 1 });
    for (const wrong of ["", "x", "a.b.c", `${head}.${body}`, `${token}.x`, `${head}.${changed}.${signature}`])
      await expect(logins.identify(wrong)).rejects.toMatchObject(refused(/./));
    const { kid } = JSON.parse(Buffer.from(head, "base64url").toString());
    for (const alg of ["none", "HS256", "ES256"])
      await expect(logins.identify(`${encode({ alg, kid })}.${body}.${signature}`)).rejects.toMatchObject(
        refused(/signed by/),
      );
  });

  it("comes of a real token through NATS and the informers, and of no other", async () => {
    const key = LoginKey.generate();
    const nats: NatsServer = await startNatsServer({
      config: `
        accounts { CONTROL { jetstream: enabled, users: [{ user: c, password: c }] }, NODES {} }
        authorization { timeout: 10, auth_callout { issuer: ${key.issuer}, account: CONTROL, auth_users: [c] } }`,
    });
    const open = (name: string, more: object, signal = stop.signal) =>
      connect({ servers: nats.url, name, signal, log: silentLog, timing: { reconnectWait: 50 }, ...more });
    const bus = await open("controller", { auth: { user: "c", password: "c" } });
    const informers = makeInformers(cluster.client, new MemoryLog());
    for (const informer of [
      informers.pods,
      informers.nodes,
      informers.namespaces,
      informers.replicaSets,
      informers.jobs,
    ])
      void informer.run(stop.signal);
    for (const informer of Object.values(informers.policies)) void informer.run(stop.signal);
    const ended = letNodesIn(
      informers,
      { client: cluster.client, bus, access: { loginKey: key }, nodeLogins: { audience, serviceAccount, namespace } },
      stop.signal,
    );
    const enforcer = await open("enforcer", { auth: { token }, node: "node-1" });
    expect(bus.stats.loginsAccepted).toBeGreaterThan(0);
    const guess = open("thief", { auth: { token: `${token}x` }, node: "node-1" }, AbortSignal.timeout(1_000));
    await expect(guess).rejects.toMatchObject({ code: "BUS_CLOSED" });
    await until("it is counted", () => bus.stats.loginsRefused > 0);
    await Promise.all([enforcer.close(), bus.close()]);
    stop.abort();
    await ended;
    await nats.dispose();
  }, 30_000);
});

describe("the keys of the cluster", () => {
  const issuer = "https://cluster.example";
  let asked = 0;
  let published: { kid: string; key: KeyObject }[] = [];
  const client = {
    async request({ path }: { path: string }) {
      if (path !== "/openid/v1/jwks") return { issuer };
      asked++;
      return { keys: published.map(({ kid, key }) => ({ kid, ...key.export({ format: "jwk" }) })) };
    },
  } as unknown as ConstructorParameters<typeof ServiceAccountTokens>[0]["client"];
  const made = (kid: string, kind: "rsa" | "P-256" | "P-384") => {
    const pair =
      kind === "rsa"
        ? generateKeyPairSync("rsa", { modulusLength: 2_048 })
        : generateKeyPairSync("ec", { namedCurve: kind });
    published.push({ kid, key: pair.publicKey });
    return pair.privateKey;
  };
  const signed = (kid: string, key: KeyObject, alg: string, more: object = {}): string => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1_000);
    const of = { namespace, pod: { name: "p", uid: "u" }, serviceaccount: { name: serviceAccount } };
    const claims = { iss: issuer, aud: audience, exp: now + 600, "kubernetes.io": of, ...more };
    const text = `${part({ alg, kid })}.${part(claims)}`;
    const hash = alg === "ES384" ? "sha384" : "sha256";
    return `${text}.${sign(hash, Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  };

  it.each([
    ["rsa", "RS256"],
    ["P-256", "ES256"],
    ["P-384", "ES384"],
  ] as const)("may be %s", async (kind, alg) => {
    published = [];
    const token = signed("a", made("a", kind), alg);
    expect(await new ServiceAccountTokens({ client, audience }).verify(token)).toMatchObject({ namespace });
  });

  it("are asked for again when a token names another one, and not more often than the pause allows", async () => {
    published = [];
    const [first, second] = [made("a", "P-256"), generateKeyPairSync("ec", { namedCurve: "P-256" })];
    const tokens = new ServiceAccountTokens({ client, audience, keysPauseMs: 200 });
    await tokens.verify(signed("a", first, "ES256"));
    asked = 0;
    const unknown = signed("b", second.privateKey, "ES256");
    await expect(tokens.verify(unknown)).rejects.toMatchObject(refused(/does not publish/));
    expect(asked).toBe(0);
    published.push({ kid: "b", key: second.publicKey });
    await until("the pause is over", () =>
      tokens.verify(unknown).then(
        () => true,
        () => false,
      ),
    );
    for (let i = 0; i < 50; i++) await tokens.verify(signed("a", first, "ES256"));
    expect(asked).toBe(1);
  });

  it("are forgotten when the cluster has ceased to publish them", async () => {
    published = [];
    const token = signed("a", made("a", "P-256"), "ES256");
    const tokens = new ServiceAccountTokens({ client, audience, keysMaxAgeMs: 50, keysPauseMs: 10_000 });
    await tokens.verify(token);
    published = [];
    made("b", "P-256");
    await until("it is refused", () =>
      tokens.verify(token).then(
        () => false,
        () => true,
      ),
    );
  });

  it.each([
    ["has expired", { exp: 1 }, /expired/],
    ["is not valid yet", { nbf: 4_000_000_000 }, /not valid yet/],
    ["is of another cluster", { iss: "https://other.example" }, /another cluster/],
  ])("do not make a token good that %s", async (_, more, why) => {
    published = [];
    const token = signed("a", made("a", "P-256"), "ES256", more);
    await expect(new ServiceAccountTokens({ client, audience }).verify(token)).rejects.toMatchObject(refused(why));
  });
});
