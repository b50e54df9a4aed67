/** `portcullis top` against a real NATS server, with what a controller says there. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Bus, connect } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { silentLog } from "@portcullis/daemon/testing";
import type { AlertCount, AlertSummary } from "@portcullis/model";
import { topCommand } from "../src/top/top-command.ts";
import { TopTable } from "../src/top/top-table.ts";

const countOf = (policy: string, total: number, more: Partial<AlertCount> = {}): AlertCount => ({
  ...{ namespace: "shop", policy, operation: "File", action: "Block", owner: { kind: "Deployment", name: "till" } },
  ...{ total, lastSeconds: 1_800_000_000, ...more },
});
const summaryOf = (...counts: AlertCount[]): AlertSummary => ({
  ...{ namespace: "shop", policy: counts[0]?.policy ?? "", since: "2026-01-01T00:00:00Z", counts },
});

describe("portcullis top", () => {
  let nats: NatsServer;
  let bus: Bus;
  const stop = new AbortController();
  beforeAll(async () => {
    nats = await startNatsServer();
    bus = await connect({ servers: nats.url, name: "controller", signal: stop.signal, log: silentLog });
  });
  afterAll(async () => {
    await bus.close();
    stop.abort();
    await nats.dispose();
  });

  it("shows what the controller says, and ends after the time that it was given", async () => {
    const saying = setInterval(() => bus.sendSummary(summaryOf(countOf("no-keys", 41))), 50);
    const said: string[] = [];
    const output = { out: (text: string) => said.push(text), err: () => undefined };
    const status = await topCommand(["--for", "1"], output, { environment: { NATS_URL: nats.url }, screen: false });
    clearInterval(saying);
    expect(status).toBe(0);
    const out = said.join("");
    expect(out).toMatch(/^NAMESPACE +POLICY +OPERATION +ACTION +OWNER +TOTAL +MORE +LAST\n/);
    expect(out).toMatch(/\nshop +no-keys +File +Block +Deployment\/till +41 +2027-01-15T08:00:00Z\n/);
  });

  it.each([
    [["--for", "0"], { NATS_URL: "nats://x:1" }, /--for 0/],
    [["--lines", "many"], { NATS_URL: "nats://x:1" }, /--lines many/],
    [[], {}, /NATS_URL/],
    [[], { NATS_URL: "x" }, /NATS_URL/],
  ])("refuses %j with the environment %j", async (args, environment, why) => {
    const output = { out: () => undefined, err: () => undefined };
    await expect(topCommand(args, output, { environment, screen: false })).rejects.toMatchObject({
      code: "CLI_USAGE",
      message: expect.stringMatching(why),
    });
  });
});

describe("the table", () => {
  it("begins with what grew most, then with what there is most of", () => {
    const table = new TopTable();
    table.take(summaryOf(countOf("many", 1_000), countOf("growing", 1), countOf("few", 2)));
    table.take(summaryOf(countOf("growing", 6)));
    const policies = table
      .render(10)
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ +/)[1]);
    expect(policies).toEqual(["POLICY", "growing", "many", "few"]);
    expect(table.render(1)).toContain("+5");
    expect(table.render(1).split("\n")).toHaveLength(3);
  });
});
