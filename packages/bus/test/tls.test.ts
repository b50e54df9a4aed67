/** Promise: whoever dials a tls:// URL speaks to the server that its authority vouches for, or to nobody, and learns why. */

import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect as connectSocket, createServer } from "node:net";
import { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import type { Bus, ConnectOptions, TlsOptions } from "../src/bus.ts";
import { isDue, isExpired, isFor, makeServerCertificate } from "../src/certificates/server-certificate.ts";
import { connect } from "../src/connect.ts";
import { presents } from "../src/connection/renew-certificate.ts";
import { timing } from "./bus-bed.ts";
import { startNatsServer } from "./nats-server.ts";
import { startTlsServer, systemLogin, type TlsServer } from "./tls-bed.ts";

jest.setTimeout(20_000);

const day = 86_400_000;
const own = makeServerCertificate(["localhost"]);
const vouched = (...certificates: readonly { readonly authority: string }[]): TlsOptions => ({
  authorities: () => certificates.map(({ authority }) => authority).join(""),
});
const fingerprint = (of: { readonly certificate: string }): string =>
  new X509Certificate(of.certificate).fingerprint256;

let server: TlsServer;
let stop = new AbortController();
let log = new MemoryLog();
beforeAll(async () => {
  server = await startTlsServer(own);
});
afterAll(() => server.dispose());
afterEach(async () => {
  stop.abort();
  stop = new AbortController();
  log = new MemoryLog();
  server.put(own);
});

const open = (options: Pick<ConnectOptions, "servers" | "tls">): Promise<Bus> =>
  connect({ name: "test", signal: stop.signal, log, timing, ...options });

/** The code and the words with which dialling fails again and again. */
async function refusal(options: Pick<ConnectOptions, "servers" | "tls">): Promise<string> {
  const opening = open(options);
  const line = await until("a reason", () => log.lines.find(({ message }) => message.startsWith("bus not reachable")));
  stop.abort();
  await expect(opening).rejects.toMatchObject({ code: "BUS_CLOSED" });
  const { code, message } = line.fields.error as Error & { code: string };
  return `${code} ${message}`;
}

/** A server that has started anew with this certificate. */
async function restarted(certificate: Parameters<TlsServer["put"]>[0]): Promise<TlsServer> {
  server.put(certificate);
  await server.stop();
  await server.start();
  return server;
}

describe("an encrypted bus", () => {
  it("serves whoever accepts the authority of its certificate and dials its name", async () => {
    const bus = await open({ servers: server.url, tls: vouched(own) });
    await bus.ensure();
    expect(await bus.listBundles()).toEqual([]);
    await bus.close();
  });

  it("refuses whoever goes on without encryption", async () => {
    const { hostname, port } = new URL(server.url.replace("tls:", "http:"));
    const socket = connectSocket(Number(port), hostname);
    let heard = "";
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString();
    });
    socket.on("error", () => {});
    await until("the server's greeting", () => heard.includes("tls_required"));
    socket.write("CONNECT {}\r\nPING\r\n");
    await once(socket, "close");
    expect(heard).not.toContain("PONG");
  });

  it.each([
    ["of a foreign authority", () => own, () => vouched(makeServerCertificate(["localhost"])), "authority"],
    ["that nobody vouches for", () => own, () => undefined, "authority"],
    ["that has expired", () => makeServerCertificate(["localhost"], Date.now() - 366 * day), vouched, "expired"],
    [
      "that is not valid yet",
      () => makeServerCertificate(["localhost"], Date.now() + 2 * day),
      vouched,
      "not valid yet",
    ],
    ["for another name", () => makeServerCertificate(["other"]), vouched, "another name.*DNS:other"],
  ])("is not spoken to with a certificate %s", async (_, made, accepted, why) => {
    const certificate = made();
    await restarted(certificate);
    const reason = await refusal({ servers: server.url, tls: accepted(certificate) });
    expect(reason).toMatch(new RegExp(`^BUS_CERTIFICATE_REFUSED could not connect to NATS: .*${why}`));
    await restarted(own);
  });

  it("is verified by its name when it is dialled by an address, and by the name that it is said to have", async () => {
    const address = server.url.replace("localhost", "127.0.0.1");
    expect(await refusal({ servers: address, tls: vouched(own) })).toMatch("BUS_CERTIFICATE_REFUSED");
    stop = new AbortController();
    const bus = await open({ servers: address, tls: { ...vouched(own), serverName: "localhost" } });
    await bus.close();
    log = new MemoryLog();
    const other = { ...vouched(own), serverName: "elsewhere" };
    expect(await refusal({ servers: server.url, tls: other })).toMatch("BUS_CERTIFICATE_REFUSED");
  });

  it("is not spoken to while no authority is known, whatever authorities Node.js knows", async () => {
    const reason = await refusal({ servers: server.url, tls: { authorities: () => "\n" } });
    expect(reason).toMatch(/^BUS_CERTIFICATE_REFUSED .*no authority is known yet/);
  });

  it("is not spoken to in the clear when it offers nothing else", async () => {
    const plain = await startNatsServer();
    const servers = plain.url.replace("nats:", "tls:");
    expect(await refusal({ servers, tls: vouched(own) })).toMatch("BUS_TLS_MISSING");
    await plain.dispose();
  });

  it("is not spoken to by TLS 1.2", async () => {
    const old = createServer((socket) => {
      socket.on("error", () => {});
      socket.write('INFO {"server_id":"x","version":"2.14.0","proto":1,"max_payload":1048576,"tls_required":true}\r\n');
      const { certificate: cert, key } = own;
      new TLSSocket(socket, { isServer: true, cert, key, maxVersion: "TLSv1.2" }).on("error", () => {});
    }).listen(0, "127.0.0.1");
    await once(old, "listening");
    const { port } = old.address() as AddressInfo;
    const reason = await refusal({ servers: `tls://localhost:${port}`, tls: vouched(own) });
    expect(reason).toMatch(/^BUS_TLS_MISSING .*TLS 1\.3/);
    old.close();
  });

  it("is dialled with the authorities of that moment, and what keeps it away is said", async () => {
    let accepted = own.authority;
    const bus = await open({ servers: server.url, tls: { authorities: () => accepted } });
    const next = makeServerCertificate(["localhost"]);
    await restarted(next);
    const said = () => log.lines.find(({ message }) => message.startsWith("bus not reachable"))?.fields.error;
    expect(await until("the reason", said)).toMatchObject({ code: "BUS_CERTIFICATE_REFUSED" });
    expect(bus.connected).toBe(false);
    accepted = own.authority + next.authority;
    await until("the reconnect", () => bus.connected);
    await bus.close();
    await restarted(own);
  });

  it.each([
    ["a URL that is not encrypted beside one that is", { servers: "tls://a:1,nats://b:1" }],
    ["authorities for a URL that is not encrypted", { servers: "nats://a:1", tls: vouched(own) }],
  ])("refuses %s", async (_, options) => {
    await expect(open(options)).rejects.toMatchObject({ code: "BUS_OPTION_INVALID" });
  });
});

describe("a server's certificate", () => {
  const login = (...accepted: readonly { readonly authority: string }[]) => ({
    servers: server.url,
    name: "test",
    auth: systemLogin,
    tls: vouched(...accepted),
  });

  it("is exchanged while connections stay as they are", async () => {
    const bus = await open({ servers: server.url, tls: vouched(own) });
    const next = makeServerCertificate(["localhost"]);
    expect(await presents(login(own, next), fingerprint(own))).toBe(true);
    expect(await presents(login(own, next), fingerprint(next))).toBe(false);
    // Its files are as they were, so nothing has changed.
    expect(await presents(login(own, next), fingerprint(next))).toBe(false);
    server.put(next);
    expect(await presents(login(own, next), fingerprint(next))).toBe(false);
    await until("the other certificate", () => presents(login(own, next), fingerprint(next)));
    expect([bus.connected, bus.stats.disconnects]).toEqual([true, 0]);
    await bus.ensure();
    await bus.close();
    server.put(own);
    await until("the first one again", () => presents(login(own, next), fingerprint(own)));
  });

  it("is not exchanged by whoever has another login, and a server that cannot be verified is not asked", async () => {
    const other = makeServerCertificate(["localhost"]);
    const guess = { ...login(own), auth: { user: "system", password: "guess" } };
    await expect(presents(guess, fingerprint(other))).rejects.toMatchObject({ code: "BUS_PERMISSION_DENIED" });
    const anybody = { ...login(own), auth: undefined };
    await expect(presents(anybody, fingerprint(other))).rejects.toMatchObject({
      code: expect.stringMatching(/^BUS_/),
    });
    const foreign = presents(login(other), fingerprint(other));
    await expect(foreign).rejects.toMatchObject({ code: "BUS_CERTIFICATE_REFUSED" });
  });

  it("that is broken leaves the server with the one before, and that is said", async () => {
    server.put({ ...own, key: "no key" });
    const asked = presents(login(own), fingerprint(makeServerCertificate(["x"])));
    await expect(asked).rejects.toThrow(/NATS does not read its files again: .+/);
    const bus = await open({ servers: server.url, tls: vouched(own) });
    await bus.close();
  });
});

describe("a certificate that is made", () => {
  const names = ["portcullis-nats.portcullis.svc", "*.example.org", "localhost", "127.0.0.1", "::1"];
  const made = makeServerCertificate(names);

  it("is for its names and addresses and no others", () => {
    expect(isFor(made.certificate, [...names, "bus.example.org"])).toBe(true);
    for (const other of ["portcullis-nats", "example.org", "127.0.0.2", "*.example.com"])
      expect([other, isFor(made.certificate, [other])]).toEqual([other, false]);
  });

  it("is due when a third of its year is left, and has expired when nothing is", () => {
    const judged = [0, 240, 250, 364, 366].map((days) => {
      const at = Date.now() + days * day;
      return [isDue(made.certificate, at), isExpired(made.certificate, at)];
    });
    expect(judged).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [true, false],
      [true, true],
    ]);
  });

  it("is signed by an authority of its own, which can make no further ones and whose key is nowhere", () => {
    const [certificate, authority] = [made.certificate, made.authority].map((pem) => new X509Certificate(pem));
    expect(certificate?.verify(authority!.publicKey)).toBe(true);
    expect([certificate?.ca, authority?.ca]).toEqual([false, true]);
    expect(made.authority).not.toBe(makeServerCertificate(names).authority);
    expect(Object.keys(made).sort()).toEqual(["authority", "certificate", "key"]);
    expect(certificate?.publicKey.equals(authority!.publicKey)).toBe(false);
  });
});
