/** Promise: the NATS server, as the chart configures it, lets each login do what it is for and nothing else. */
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { connect as connectNats, PermissionViolationError } from "@nats-io/transport-node";
import {
  type Bus,
  buckets,
  type ConnectOptions,
  connect,
  digestOf,
  encodeRuleSet,
  PublicKeys,
  SigningKey,
} from "@portcullis/bus";
import { exampleAlert, exampleContainer, exampleRuleSet, exampleStatus } from "@portcullis/bus/testing";
import { silentLog } from "@portcullis/daemon/testing";
import { type ChartServer, checkedConfig, natsConfig, startChartServer } from "./chart-server.ts";
import { find, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

const node = "node-1";

describe("the NATS server as the chart configures it", () => {
  const timing = { reconnectWait: 50, requestTimeout: 1_500 };
  let server: ChartServer;
  let stop: AbortController;
  const open = (auth: ConnectOptions["auth"], signal = stop.signal): Promise<Bus> =>
    connect({ servers: server.url, name: "test", signal, log: silentLog, auth, tls: server.tls, timing });

  /** The client itself, for what a bus does not do. */
  const dial = ({ user, password: pass }: { user: string; password: string }, inboxPrefix: string) =>
    connectNats({ servers: server.url, user, pass, inboxPrefix, tls: { ca: server.tls.authorities() } });

  beforeAll(async () => {
    stop = new AbortController();
    server = await startChartServer();
  });
  afterAll(async () => {
    stop.abort();
    await server.dispose();
  });

  it("syncs as often as the chart's value says, in a way that the server understands, and the enforcer keeps alerts for longer", () => {
    expect(checkedConfig()).toMatch(/is valid/);
    expect(natsConfig()).toContain('sync_interval: "2m"');
    const enforcer = JSON.stringify(find(render(), "DaemonSet"));
    expect(enforcer).toContain('{"name":"SPOOL_KEEP_SECONDS","value":"180"}');
    expect(enforcer).toContain('{"name":"ALERT_COUNTS_SECONDS","value":"10"}');
  });

  it("takes the controller's storage and serves it", async () => {
    const bus = await open(server.logins.portcullis);
    await bus.ensure();
    expect(await bus.listBundles()).toEqual([]);
    await bus.close();
  });

  it("refuses who has no login, or a wrong one", async () => {
    for (const auth of [
      undefined,
      { user: "portcullis", password: "guess" },
      { user: "reader", password: server.logins.portcullis.password },
    ])
      await expect(open(auth, AbortSignal.timeout(500))).rejects.toMatchObject({ code: "BUS_CLOSED" });
  });

  it("lets an enforcer do all that a node does", async () => {
    const [controller, enforcer] = [await open(server.logins.portcullis), await open(server.logins.enforcer)];
    await controller.ensure();
    const key = SigningKey.generate();
    const [bytes, digest] = [encodeRuleSet(exampleRuleSet), digestOf(encodeRuleSet(exampleRuleSet))];
    const content = {
      cluster: "default",
      node,
      containers: [{ ...exampleContainer, ruleSet: digest }],
      ruleSets: [digest],
    };
    const options = { signer: { key, accepted: new PublicKeys([key.publicKey]) } };
    const bundles = enforcer.watchBundle(node, stop.signal)[Symbol.asyncIterator]();
    const first = bundles.next();
    const published = await controller.publishBundle(content, new Map([[digest, bytes]]), options);
    expect(digestOf((await first).value)).toBe(published.digest);
    const second = bundles.next();
    // Told by the server: the next read of the bucket is minutes away.
    const changed = { ...content, containers: [] };
    const { digest: later } = await controller.publishBundle({ ...changed, ruleSets: [] }, new Map(), options);
    expect(digestOf((await second).value)).toBe(later);
    expect(await enforcer.ruleSet(digest, stop.signal)).toEqual(bytes);
    await enforcer.putNodeStatus({ ...exampleStatus, node });
    const { sequence } = await enforcer.publishAlert({ ...exampleAlert, id: "of-a-node" });
    expect((await enforcer.alertStream()).lastSequence).toBe(sequence);
    expect(await enforcer.storedAlertId(sequence)).toBe("of-a-node");
    await enforcer.deleteNodeStatus(node);
    expect(enforcer.stats).toMatchObject({ permissionErrors: 0, otherErrors: 0 });
    await Promise.all([controller.close(), enforcer.close()]);
  });

  it.each([
    ["write a bundle", `$KV.${buckets.bundles}.${node}`],
    ["say that a bundle was stored", `portcullis.v1.bundle.${node}`],
    ["write a rule set", `$KV.${buckets.ruleSets}.0123`],
    ["list bundles", `$JS.API.STREAM.INFO.KV_${buckets.bundles}`],
    ["read a bucket by what the key says within the request", `$JS.API.STREAM.MSG.GET.KV_${buckets.bundles}`],
    ["read what nodes say", `$JS.API.DIRECT.GET.KV_${buckets.nodeStatus}.$KV.${buckets.nodeStatus}.${node}`],
    ["make a stream", "$JS.API.STREAM.CREATE.MINE"],
    ["change a stream", "$JS.API.STREAM.UPDATE.PORTCULLIS_ALERTS"],
    ["empty a stream", "$JS.API.STREAM.PURGE.PORTCULLIS_ALERTS"],
    ["delete a stream", `$JS.API.STREAM.DELETE.KV_${buckets.bundles}`],
    ["delete an alert", "$JS.API.STREAM.MSG.DELETE.PORTCULLIS_ALERTS"],
    ["make a consumer of alerts", "$JS.API.CONSUMER.CREATE.PORTCULLIS_ALERTS"],
    ["make a consumer of bundles", `$JS.API.CONSUMER.CREATE.KV_${buckets.bundles}`],
    ["end a reader's consumer", "$JS.API.CONSUMER.DELETE.PORTCULLIS_ALERTS.reader"],
    ["have NATS read its certificate again", "$SYS.REQ.SERVER.PING"],
  ])("does not let an enforcer %s", async (_, subject) => {
    const client = await dial(server.logins.enforcer, "_INBOX_enforcer");
    const refused = client.request(subject, "{}", { timeout: 2_000 });
    await expect(refused).rejects.toMatchObject({ cause: expect.any(PermissionViolationError) });
    await client.close();
  });

  it.each([
    ["alerts of other nodes", "portcullis.v1.alerts.>"],
    ["alerts as JSON", "portcullis.v1.json.>"],
    ["what nodes say", `$KV.${buckets.nodeStatus}.>`],
    ["bundles as they are written", `$KV.${buckets.bundles}.>`],
    ["answers to the controller", "_INBOX_portcullis.>"],
    ["answers to readers", "_INBOX_reader.>"],
    ["everything", ">"],
  ])("does not let an enforcer listen to %s", async (_, subject) => {
    const client = await dial(server.logins.enforcer, "_INBOX_enforcer");
    const refused = Promise.withResolvers<Error | null>();
    client.subscribe(subject, { callback: (error) => refused.resolve(error) });
    expect(await refused.promise).toBeInstanceOf(PermissionViolationError);
    await client.close();
  });

  it("lets a reader read alerts, and neither bundles nor write anything", async () => {
    const controller = await open(server.logins.portcullis);
    const reader = await open(server.logins.reader);
    await controller.ensure();
    const ready = Promise.withResolvers<void>();
    const alerts = reader.subscribeAlerts({ signal: stop.signal, onReady: ready.resolve })[Symbol.asyncIterator]();
    const first = alerts.next();
    await ready.promise;
    await controller.publishAlert(exampleAlert);
    expect((await first).value).toMatchObject({ id: exampleAlert.id });
    await expect(reader.publishAlert({ ...exampleAlert, id: "forged" })).rejects.toMatchObject({
      code: expect.stringMatching(/^BUS_/),
    });
    await expect(reader.listBundles()).rejects.toMatchObject({ code: expect.stringMatching(/^BUS_/) });
    await expect(reader.deleteBundle("node")).rejects.toMatchObject({ code: expect.stringMatching(/^BUS_/) });
    expect(reader.stats.permissionErrors).toBeGreaterThan(0);
    await Promise.all([controller.close(), reader.close()]);
  });
});
