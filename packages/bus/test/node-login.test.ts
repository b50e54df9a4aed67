/** A node's login, without a server: what it may do, the key that answers are signed with, and what is no question. With a server: `e2e/tests/node-identity.test.ts`. */
import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { accountName, LoginKey } from "../src/identity/login-key.ts";
import { acceptance, readQuestion, refusal } from "../src/identity/nats-jwt.ts";
import { nodePermissions } from "../src/identity/node-permissions.ts";

const user = `U${"A".repeat(55)}`;
const asked = { server: "NSERVER", user, client: "enforcer/n", token: "t" };
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());

describe("a node's permissions", () => {
  it("name the node in every subject, as one token", () => {
    const { publish, subscribe } = nodePermissions("a.b");
    for (const subject of publish) expect(subject).toMatch(/^portcullis\.v1\.node\.a=2Eb\.[a-z-]+(\.\*)*$/);
    expect(subscribe).toEqual(["portcullis.v1.bundle.a=2Eb", "_INBOX_a=2Eb.>"]);
  });

  it.each(["*", ">", "a.*", ""])("are no wildcard for a node that is called %j", (name) => {
    const { publish, subscribe } = nodePermissions(name);
    for (const subject of publish) expect(subject.split(".")[3]).toMatch(/^[A-Za-z0-9=_-]+$/);
    expect(subscribe.join()).not.toMatch(/[.]\*|[.]>[.]|^>/);
  });
});

describe("the key for logins", () => {
  it("is the same after it was kept as a secret, and another one each time it is made", () => {
    const key = LoginKey.generate();
    expect(LoginKey.parse(key.secret()).issuer).toBe(key.issuer);
    expect(LoginKey.generate().issuer).not.toBe(key.issuer);
  });

  it("has a name of NATS' notation", () => {
    // "nk -gen account" of NATS' own tools writes a name of this form: prefix, key, checksum.
    expect(accountName(new Uint8Array(32))).toMatch(/^A{50}[A-Z2-7]{6}$/);
    expect(LoginKey.generate().issuer).toMatch(/^A[A-Z2-7]{55}$/);
  });

  it.each(["", "rubbish", Buffer.from("x").toString("base64")])("is refused as %j, and not repeated", (secret) => {
    expect(() => LoginKey.parse(secret)).toThrow(expect.objectContaining({ code: "BUS_KEY_INVALID" }));
  });
});

describe("an answer", () => {
  const key = LoginKey.generate();

  it("is signed, for the server and the client that it was asked for, and has the node's permissions and an end", () => {
    const answer = acceptance(key, asked, "node-1", 60_000);
    const pkcs8 = Buffer.from(key.secret(), "base64");
    const publicKey = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }));
    for (const jwt of [answer, claimsOf(answer).nats.jwt]) {
      const [head, body, signature = ""] = jwt.split(".");
      expect(verify(null, Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url"))).toBe(true);
    }
    expect(claimsOf(answer)).toMatchObject({ aud: "NSERVER", sub: user, iss: key.issuer });
    const login = claimsOf(claimsOf(answer).nats.jwt);
    expect(login).toMatchObject({ sub: user, aud: "NODES", name: "node-1" });
    expect(login.nats.pub.allow).toEqual(nodePermissions("node-1").publish);
    expect(login.exp - login.iat).toBeLessThanOrEqual(61);
  });

  it("that refuses holds no login", () => {
    expect(claimsOf(refusal(key, asked, "refused")).nats).toMatchObject({ error: "refused" });
    expect(claimsOf(refusal(key, asked, "refused")).nats.jwt).toBeUndefined();
  });
});

describe("a question", () => {
  const whole = {
    nats: { server_id: { id: "NSERVER" }, user_nkey: user, connect_opts: { auth_token: "secret-token" } },
  };

  it("says who asks, for which client, and what token that has", () => {
    expect(readQuestion(`x.${part(whole)}.x`)).toEqual({ ...asked, client: "", token: "secret-token" });
  });

  it.each([
    ["nothing", ""],
    ["no token of any kind", "abc"],
    ["without a client", `x.${part({ nats: { ...whole.nats, user_nkey: undefined } })}.x`],
    ["for something that is no client", `x.${part({ nats: { ...whole.nats, user_nkey: "ABC" } })}.x`],
  ])("that is %s is refused, and not repeated", (_, jwt) => {
    expect(() => readQuestion(jwt)).toThrow(
      expect.objectContaining({ code: "BUS_MESSAGE_INVALID", message: expect.not.stringContaining("secret-token") }),
    );
  });
});
