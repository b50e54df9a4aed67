/**
 * Promise: on the NATS server that the chart configures, a node is itself and nobody else. It has what it needs, and whatever else can be tried with its login
 * is refused or arrives nowhere. Long because each forbidden thing is a case by its name.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import {
  connect as connectNats,
  headers,
  type NatsConnection,
  PermissionViolationError,
  tokenAuthenticator,
} from "@nats-io/transport-node";
import {
  type Bus,
  buckets,
  connect,
  digestOf,
  encodeAlert,
  encodeRuleSet,
  PublicKeys,
  SigningKey,
  toToken,
} from "@portcullis/bus";
import { exampleAlert, exampleContainer, exampleRuleSet, exampleStatus } from "@portcullis/bus/testing";
import { sleep } from "@portcullis/daemon";
import { silentLog, until } from "@portcullis/daemon/testing";
import { type ChartServer, letNodesIn, startChartServer, tokenOf } from "./chart-server.ts";

jest.setTimeout(60_000);

/** With a dot, which is another token on the bus. */
const [node, other] = ["node-1.example", "node-2.example"];
const me = `portcullis.v1.node.${toToken(node)}`;
const them = `portcullis.v1.node.${toToken(other)}`;
const timing = { reconnectWait: 50, requestTimeout: 1_500 };
const key = SigningKey.generate();
const options = { signer: { key, accepted: new PublicKeys([key.publicKey]) } };

const ruleSetOf = (name: string) => {
  const bytes = encodeRuleSet({ ...exampleRuleSet, rules: exampleRuleSet.rules.slice(0, name === node ? 1 : 2) });
  return { bytes, digest: digestOf(bytes) };
};
const alertOf = (name: string, id: string) => ({ ...exampleAlert, hostName: name, id });

describe("a node's login", () => {
  let server: ChartServer;
  let controller: Bus;
  /** The node's own bus, and the client itself for what a bus does not do. */
  let bus: Bus;
  let client: NatsConnection;
  const stop = new AbortController();

  const busOf = (name: string): Promise<Bus> =>
    connect({
      ...{ servers: server.url, name: "test", signal: stop.signal, log: silentLog, tls: server.tls, timing },
      ...{ node: name, auth: { token: tokenOf(name) } },
    });
  const publishBundle = (name: string) => {
    const { bytes, digest } = ruleSetOf(name);
    const containers = [{ ...exampleContainer, ruleSet: digest }];
    return controller.publishBundle(
      { cluster: "default", node: name, containers, ruleSets: [digest] },
      new Map([[digest, bytes]]),
      options,
    );
  };
  /** What the node's status is in the bucket, as bytes. */
  const storedStatus = async (name: string): Promise<string | undefined> => {
    for await (const event of controller.watchNodeStatuses(AbortSignal.timeout(3_000)))
      if (event.node === name && event.status !== undefined) return event.status.kernel;
    return undefined;
  };

  beforeAll(async () => {
    server = await startChartServer();
    controller = await connect({
      ...{ servers: server.url, name: "controller", signal: stop.signal, log: silentLog, tls: server.tls, timing },
      auth: server.logins.portcullis,
    });
    await controller.ensure();
    letNodesIn(controller, stop.signal);
    for (const name of [node, other]) {
      await publishBundle(name);
      const theirs = await busOf(name);
      await theirs.putNodeStatus({ ...exampleStatus, node: name, kernel: "6.12.0" });
      await theirs.publishAlert(encodeAlert(alertOf(name, `first-of-${name}`)));
      await theirs.close();
    }
  });
  afterAll(async () => {
    stop.abort();
    await server.dispose();
  });
  beforeEach(async () => {
    bus = await busOf(node);
    client = await connectNats({
      ...{ servers: server.url, inboxPrefix: `_INBOX_${toToken(node)}`, tls: { ca: server.tls.authorities() } },
      authenticator: tokenAuthenticator(tokenOf(node)),
    });
  });
  afterEach(async () => {
    await Promise.all([bus.close(), client.close()]);
  });

  it("does all that a node does", async () => {
    const bundles = bus.watchBundle(node, stop.signal)[Symbol.asyncIterator]();
    const { digest, epoch, revision } = await publishBundle(node);
    expect(digestOf((await bundles.next()).value)).toBe(digest);
    const next = bundles.next();
    // Told by the server: the next read of the bucket is minutes away.
    const { digest: later } = await controller.publishBundle(
      { cluster: "other", node, containers: [], ruleSets: [ruleSetOf(node).digest] },
      new Map([[ruleSetOf(node).digest, ruleSetOf(node).bytes]]),
      { ...options, last: { digest, epoch, revision } },
    );
    expect(digestOf((await next).value)).toBe(later);
    expect(await bus.ruleSet(ruleSetOf(node).digest, stop.signal)).toEqual(ruleSetOf(node).bytes);
    await bus.putNodeStatus({ ...exampleStatus, node, kernel: "6.13.0" });
    expect(await storedStatus(node)).toBe("6.13.0");
    const { sequence } = await bus.publishAlert(encodeAlert(alertOf(node, "of-a-node")));
    expect((await bus.alertStream()).lastSequence).toBe(sequence);
    expect(await bus.storedAlertId(sequence)).toBe("of-a-node");
    const log = await bus.publishLog(encodeAlert({ ...alertOf(node, "log-of-a-node"), type: "ContainerLog" }));
    expect((await bus.logStream()).lastSequence).toBe(log.sequence);
    expect(await bus.storedLogId(log.sequence)).toBe("log-of-a-node");
    expect((await bus.publishAlert(encodeAlert(alertOf(node, "of-a-node")))).duplicate).toBe(true);
    await bus.deleteNodeStatus(node);
    await bus.putNodeStatus({ ...exampleStatus, node });
    expect(bus.stats).toMatchObject({ permissionErrors: 0, otherErrors: 0 });
    await publishBundle(node);
  });

  it("has its alerts read under its name, as protobuf and as JSON", async () => {
    const reader = await connectNats({
      ...{ servers: server.url, ...server.logins.reader, pass: server.logins.reader.password },
      ...{ inboxPrefix: "_INBOX_reader", tls: { ca: server.tls.authorities() } },
    });
    const copies = reader.subscribe(`portcullis.v2.json.${toToken(node)}.>`, { max: 1 })[Symbol.asyncIterator]();
    await reader.flush();
    const ready = Promise.withResolvers<void>();
    const alerts = controller.subscribeAlerts({ node, signal: stop.signal, onReady: ready.resolve });
    const first = alerts[Symbol.asyncIterator]().next();
    await ready.promise;
    await bus.publishAlert(encodeAlert(alertOf(node, "read-by-name")));
    const read = (await first).value;
    expect(read).toMatchObject({ id: "read-by-name", hostName: node });
    controller.sendAlertCopy(read);
    expect((await copies.next()).value?.json()).toMatchObject({ HostName: node });
    await reader.close();
  });

  it("is refused without a token, and with another one than a node's", async () => {
    for (const auth of [undefined, { token: "guess" }, { user: "enforcer", password: "guess" }]) {
      const opening = connect({
        ...{ servers: server.url, name: "test", log: silentLog, tls: server.tls, timing, auth, node },
        signal: AbortSignal.timeout(1_000),
      });
      await expect(opening).rejects.toMatchObject({ code: "BUS_CLOSED" });
    }
  });

  it.each([
    ["write its bundle", `$KV.${buckets.bundles}.${toToken(node)}`],
    ["say that its bundle was stored", `portcullis.v1.bundle.${toToken(node)}`],
    ["write a rule set", `$KV.${buckets.ruleSets}.0123`],
    ["write its status past its own subject", `$KV.${buckets.nodeStatus}.${toToken(node)}`],
    ["write alerts past its own subject", `portcullis.v2.alerts.${toToken(node)}.a.b.c`],
    ["write JSON past its own subject", `portcullis.v2.json.${toToken(node)}.a.b.c`],
    ["read its bundle past its own subject", `$JS.API.DIRECT.GET.KV_${buckets.bundles}.$KV.${buckets.bundles}.x`],
    ["write another node's alert", `${them}.alert.a.b.c`],
    ["write JSON, which is made of what is stored", `${me}.json.a.b.c`],
    ["write another node's JSON", `${them}.json.a.b.c`],
    ["write another node's log", `${them}.log.a.b.c`],
    ["write logs past its own subject", `portcullis.v1.logs.${toToken(node)}.a.b.c`],
    ["write another node's status", `${them}.status`],
    ["read another node's bundle", `${them}.bundle`],
    ["read bundles by a wildcard for the node", "portcullis.v1.node.*.bundle"],
    ["read another node's rule sets", `${them}.rule-set.${ruleSetOf(other).digest.slice(7)}`],
    ["ask for another node's alerts", `${them}.stored-alert.1`],
    ["write an alert of more names than there are", `${me}.alert.a.b.c.d`],
    ["read what nodes say", `$JS.API.DIRECT.GET.KV_${buckets.nodeStatus}.$KV.${buckets.nodeStatus}.x`],
    ["read a bucket by what is said in the request", `$JS.API.STREAM.MSG.GET.KV_${buckets.bundles}`],
    ["list bundles", `$JS.API.STREAM.INFO.KV_${buckets.bundles}`],
    ["read alerts by their place", "$JS.API.STREAM.MSG.GET.PORTCULLIS_ALERTS"],
    ["make a stream", "$JS.API.STREAM.CREATE.MINE"],
    ["change a stream", "$JS.API.STREAM.UPDATE.PORTCULLIS_ALERTS"],
    ["empty a stream", "$JS.API.STREAM.PURGE.PORTCULLIS_ALERTS"],
    ["delete a stream", `$JS.API.STREAM.DELETE.KV_${buckets.bundles}`],
    ["delete an alert", "$JS.API.STREAM.MSG.DELETE.PORTCULLIS_ALERTS"],
    ["make a consumer of alerts", "$JS.API.CONSUMER.CREATE.PORTCULLIS_ALERTS"],
    ["make a consumer of bundles", `$JS.API.CONSUMER.CREATE.KV_${buckets.bundles}`],
    ["ask what JetStream holds", "$JS.API.INFO"],
    ["answer for other clients", "$SYS.REQ.USER.AUTH"],
    ["ask what it may do", "$SYS.REQ.USER.INFO"],
    ["have NATS read its certificate again", "$SYS.REQ.SERVER.PING"],
    ["answer in the server's name", "_R_.x.y"],
  ])("does not let it %s", async (_, subject) => {
    const refused = client.request(subject, "{}", { timeout: 2_000 });
    await expect(refused).rejects.toMatchObject({ cause: expect.any(PermissionViolationError) });
  });

  it.each([
    ["alerts", "portcullis.v2.alerts.>"],
    ["alerts as JSON", "portcullis.v2.json.>"],
    ["logs", "portcullis.v1.logs.>"],
    ["another node's bundles", `portcullis.v1.bundle.${toToken(other)}`],
    ["everybody's bundles", "portcullis.v1.bundle.*"],
    ["what nodes publish", "portcullis.v1.node.>"],
    ["what it publishes itself", `${me}.>`],
    ["what nodes say", `$KV.${buckets.nodeStatus}.>`],
    ["answers to another node", `_INBOX_${toToken(other)}.>`],
    ["answers to the controller", "_INBOX_portcullis.>"],
    ["the server's questions for logins", "$SYS.REQ.USER.AUTH"],
    ["everything", ">"],
  ])("does not let it listen to %s", async (_, subject) => {
    const refused = Promise.withResolvers<Error | null>();
    client.subscribe(subject, { callback: (error) => refused.resolve(error) });
    expect(await refused.promise).toBeInstanceOf(PermissionViolationError);
  });

  it.each([
    ["of another node", () => ruleSetOf(other).digest.slice(7)],
    ["that is every one, by a wildcard", () => "*"],
    ["that is no digest", () => "0123"],
  ])("is given no rule set %s", async (_, digest) => {
    const before = controller.stats.nodeRequestsRefused;
    const answer = await client.request(`${me}.rule-set.${digest()}`);
    expect(answer.data).toHaveLength(0);
    expect(answer.headers?.get("Portcullis-Refused")).toBe("BUS_PERMISSION_DENIED");
    expect(controller.stats.nodeRequestsRefused).toBe(before + 1);
  });

  it("is told nothing of another node's alerts, and reads its own alone", async () => {
    expect(await bus.storedAlertId(1)).toBe(`first-of-${node}`);
    expect(await bus.storedAlertId(2)).toBeUndefined();
    expect(await busOf(other).then(async (theirs) => [await theirs.storedAlertId(2), await theirs.close()][0])).toBe(
      `first-of-${other}`,
    );
  });

  it("cannot have an answer sent where it may not write", async () => {
    const before = {
      alerts: (await controller.alertStream()).lastSequence,
      status: await storedStatus(other),
      bundles: await controller.listBundles(),
    };
    const targets = [
      ...[`${them}.alert.a.b.c`, `${them}.json.a.b.c`, `${them}.status`, `${them}.bundle`, `${me}.alert.a.b.d`],
      ...[`portcullis.v2.alerts.${toToken(other)}.a.b.c`, `$KV.${buckets.nodeStatus}.${toToken(other)}`],
      ...[`$KV.${buckets.bundles}.${toToken(other)}`, `$KV.${buckets.ruleSets}.${ruleSetOf(other).digest.slice(7)}`],
      ...["$JS.API.STREAM.PURGE.PORTCULLIS_ALERTS", `$JS.API.STREAM.DELETE.KV_${buckets.bundles}`],
    ];
    const questions = [
      `${me}.bundle`,
      `${me}.rule-set.${ruleSetOf(node).digest.slice(7)}`,
      `${me}.rule-set.*`,
      `${me}.alert-stream`,
      `${me}.stored-alert.1`,
    ];
    let own = 0;
    for (const reply of targets) {
      for (const question of questions) client.publish(question, undefined, { reply });
      // Its acknowledgement is an answer too. The alert is the node's own, and stored.
      const id = `reflected-${own++}`;
      const hdrs = headers();
      hdrs.set("Nats-Msg-Id", id);
      client.publish(`${me}.alert.a.b.c`, encodeAlert(alertOf(node, id)), { reply, headers: hdrs });
      client.publish(`${me}.status`, "no status", { reply });
    }
    await client.flush();
    await until("the node's own alerts are stored", async () => {
      const { lastSequence } = await controller.alertStream();
      return lastSequence >= before.alerts + own;
    });
    await sleep(300);
    expect((await controller.alertStream()).lastSequence).toBe(before.alerts + own);
    expect(await storedStatus(other)).toBe(before.status);
    expect(await controller.listBundles()).toEqual(before.bundles);
    await bus.putNodeStatus({ ...exampleStatus, node });
  });

  it("cannot reach another node's subscription with more than a hint that is not believed", async () => {
    const theirs = await busOf(other);
    const verified = (bytes: Uint8Array) => digestOf(bytes) === expected;
    const expected = (await publishBundle(other)).digest;
    const bundles = theirs.watchBundle(other, stop.signal, verified)[Symbol.asyncIterator]();
    expect(digestOf((await bundles.next()).value)).toBe(expected);
    const second = bundles.next().then(() => "another bundle");
    client.publish(`${me}.bundle`, undefined, { reply: `portcullis.v1.bundle.${toToken(other)}` });
    await client.flush();
    expect(await Promise.race([second, sleep(1_000).then(() => "nothing")])).toBe("nothing");
    await theirs.close();
  });

  it("cannot take the place of all statuses by a header of roll-up", async () => {
    const hdrs = headers();
    hdrs.set("Nats-Rollup", "all");
    const answer = await client.request(`${me}.status`, "x", { headers: hdrs, timeout: 2_000 });
    expect(answer.json()).toMatchObject({ error: { description: expect.stringMatching(/rollup/) } });
    expect(await storedStatus(other)).toBe("6.12.0");
  });

  it("cannot open more subscriptions than a node needs", async () => {
    const told = Promise.withResolvers<string>();
    void (async () => {
      for await (const status of client.status()) if (status.type === "error") told.resolve(status.error.message);
    })();
    for (let i = 0; i < 17; i++) client.subscribe(`_INBOX_${toToken(node)}.${i}`);
    expect(await told.promise).toMatch(/maximum subscriptions exceeded/i);
  });

  it("is asked for again, at once, when NATS reads its configuration as for another certificate; the controller's goes on", async () => {
    const system = await connectNats({
      ...{ servers: server.url, ...server.logins.system, pass: server.logins.system.password },
      ...{ inboxPrefix: "_INBOX_system", tls: { ca: server.tls.authorities() } },
    });
    const reload = `$SYS.REQ.SERVER.${system.info?.server_id}.RELOAD`;
    const answer = await system.request(reload, undefined, { timeout: 10_000 });
    expect(answer.json()).not.toHaveProperty("error");
    await until("the node is back", () => bus.stats.reconnects === 1 && bus.connected);
    await bus.putNodeStatus({ ...exampleStatus, node });
    await bus.publishAlert(encodeAlert(alertOf(node, "after-a-reload")));
    expect(await bus.ruleSet(ruleSetOf(node).digest, stop.signal)).toEqual(ruleSetOf(node).bytes);
    expect(controller.stats.disconnects).toBe(0);
    await system.close();
  });

  it("is lost when its time is over, and won again with the token of that time", async () => {
    const once = new AbortController();
    const short = await startChartServer();
    const leader = await connect({
      ...{ servers: short.url, name: "controller", signal: stop.signal, log: silentLog, tls: short.tls, timing },
      auth: short.logins.portcullis,
    });
    letNodesIn(leader, once.signal, 2_000);
    const soon = await connect({
      ...{ servers: short.url, name: "test", signal: stop.signal, log: silentLog, tls: short.tls, timing },
      ...{ node, auth: { token: tokenOf(node) } },
    });
    await until("the login has ended and begun again", () => soon.stats.reconnects > 0, 20_000);
    expect(leader.stats.loginsAccepted).toBeGreaterThan(1);
    once.abort();
    await Promise.all([soon.close(), leader.close()]);
    await short.dispose();
  });
});
