/** How alerts are put into requests of OTLP, and what becomes of those that a receiver refuses. The receiver is a function; a real one is in `outputs.test.ts`. */
import { beforeEach, describe, expect, it } from "@jest/globals";
import { exampleAlert } from "@portcullis/bus/testing";
import type { Sending } from "../src/outputs/delivery.ts";
import { OtlpLogs } from "../src/outputs/otlp-logs.ts";

const alertsOf = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, sequence) => ({
    ...{ ...exampleAlert, id: `n/${sequence}`, ...more },
    stream: { created: "then", sequence, missed: 0 },
  }));

describe("alerts over OTLP", () => {
  let bodies: string[];
  let counters: Sending["counters"];
  let refuses: (body: string) => boolean;
  let delivery: Sending;

  beforeEach(() => {
    bodies = [];
    counters = { delivered: 0, setAside: 0, missed: 0, retried: 0 };
    refuses = () => false;
    delivery = {
      counters,
      setAside: (alerts) => {
        counters.setAside += alerts;
      },
      encode: (_, make) => make(),
      post: async (body) => {
        bodies.push(body);
        return refuses(body) ? undefined : { status: 200, retryAfterMs: undefined, body: "{}" };
      },
    };
  });

  it("are requests of a megabyte at most", async () => {
    await new OtlpLogs().send(alertsOf(50, { data: "x".repeat(100_000) }), delivery);
    expect(bodies.length).toBeGreaterThan(4);
    for (const body of bodies) expect(body.length).toBeLessThan(1_100_000);
    expect(counters).toMatchObject({ delivered: 50, setAside: 0 });
  });

  it.each([1, 7, 40, 512])(
    "are to be sent again where the receiver refuses all %i and what holds none",
    async (count) => {
      refuses = () => true;
      const sent = new OtlpLogs().send(alertsOf(count), delivery);
      await expect(sent).rejects.toMatchObject({ code: "CONTROLLER_OUTPUT_REFUSED" });
      expect(counters).toMatchObject({ delivered: 0, setAside: 0 });
      expect(bodies.length).toBeLessThan(40);
    },
  );

  it.each([1, 7, 40])("are set aside where the receiver refuses each of %i and nothing else", async (count) => {
    refuses = (body) => body.includes("portcullis.alert");
    await new OtlpLogs().send(alertsOf(count), delivery);
    expect(counters).toMatchObject({ delivered: 0, setAside: count });
  });

  it("are not set aside where the receiver is put right while it is looked for the one that it refuses", async () => {
    for (let first = 1; first < 8; first++) {
      bodies = [];
      counters.delivered = 0;
      refuses = () => bodies.length <= first;
      await new OtlpLogs().send(alertsOf(8), delivery);
      expect(counters).toMatchObject({ delivered: 8, setAside: 0 });
    }
  });
});
