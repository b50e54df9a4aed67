import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { sleep } from "@portcullis/daemon";
import { patientRequest } from "../src/connection/patient-request.ts";
import { type NatsServer, startNatsServer } from "./nats-server.ts";

const waited = 200;

describe("a question to a controller", () => {
  let server: NatsServer;
  let asks: NatsConnection;
  let answers: NatsConnection;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.dispose());
  beforeEach(async () => {
    asks = await connect({ servers: server.url });
    answers = await connect({ servers: server.url });
  });
  afterEach(async () => {
    await asks.close();
    await answers.close();
  });
  /** Answers the questions that come, each with its number, after what `wait` says. */
  const answering = async (wait: (number: number) => Promise<void>): Promise<string[]> => {
    const seen: string[] = [];
    answers.subscribe("question", {
      callback: (_, message) => {
        const number = seen.push(message.subject);
        void wait(number).then(() => message.respond(String(number)));
      },
    });
    await answers.flush();
    return seen;
  };

  it("is asked once when the answer comes in time", async () => {
    const seen = await answering(() => sleep(10));
    expect((await patientRequest(asks, "question", waited)).string()).toBe("1");
    expect(seen).toHaveLength(1);
  });

  it("takes an answer that comes late", async () => {
    await answering((number) => (number === 1 ? sleep(1.5 * waited) : new Promise(() => undefined)));
    expect((await patientRequest(asks, "question", waited)).string()).toBe("1");
  });

  it("is asked again, because who was to answer may have died", async () => {
    await answering((number) => (number === 1 ? new Promise(() => undefined) : sleep(10)));
    expect((await patientRequest(asks, "question", waited)).string()).toBe("2");
  });

  it("fails at once when nobody listens", async () => {
    const begun = performance.now();
    await expect(patientRequest(asks, "nobody", 10_000)).rejects.toThrow(/no responders/);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it("ends after three times the wait", async () => {
    const seen = await answering(() => new Promise(() => undefined));
    const begun = performance.now();
    await expect(patientRequest(asks, "question", waited)).rejects.toMatchObject({ name: "TimeoutError" });
    expect(performance.now() - begun).toBeGreaterThan(2.9 * waited);
    expect(seen).toHaveLength(3);
  });
});
