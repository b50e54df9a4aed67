import { describe, expect, it } from "@jest/globals";
import { encodeAlert } from "../src/messages/alert.ts";
import { BusBed, content, ruleSets, signer } from "./bus-bed.ts";
import { exampleAlert } from "./examples.ts";
import { startNatsServer } from "./nats-server.ts";

const bed = new BusBed();

describe("storage", () => {
  it("is made once, and again with other limits without losing what it holds", async () => {
    const { controller } = await bed.pair();
    await controller.publishBundle(content, ruleSets, { signer });
    await controller.ensure();
    await controller.ensure({ bundlesMaxBytes: 64 << 20 });
    expect(await controller.listBundles()).toHaveLength(1);
  });

  it("is named when it is missing", async () => {
    const bus = await bed.open("alone");
    await expect(bus.publishAlert(encodeAlert(exampleAlert))).rejects.toMatchObject({ code: "BUS_STORAGE_MISSING" });
    await expect(bus.publishBundle(content, ruleSets, { signer })).rejects.toMatchObject({
      code: "BUS_STORAGE_MISSING",
    });
    expect(bus.stats.alertsFailed).toBe(1);
  });

  it("refuses what the server cannot reserve", async () => {
    const small = await startNatsServer({ config: "jetstream { max_file_store: 10MB }" });
    const bus = await bed.open("controller", { url: small.url });
    await expect(bus.ensure()).rejects.toMatchObject({
      code: "BUS_STORAGE_REFUSED",
      message: expect.stringMatching(/PORTCULLIS|storage/),
    });
    await small.dispose();
  });
});
