/**
 * Tokens of service accounts, verified here by the keys that the cluster publishes: no call to the API server for a token. The keys are fetched again now and
 * then, and when a token names one that is not known, though not more often than that.
 */

import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import type { KubeClient } from "@portcullis/kube";
import { z } from "zod";
import { TokenRefusedError } from "../errors.ts";

/** Of which pod a token is. */
export interface TokenOwner {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: { readonly name: string; readonly uid: string };
  /** Since Kubernetes 1.30. */
  readonly node: string | undefined;
}

export interface ServiceAccountTokensOptions {
  readonly client: Pick<KubeClient, "request">;
  /** Whom the tokens have to be for. */
  readonly audience: string;
  /** The keys are fetched again after this, in milliseconds; default 10 min. */
  readonly keysMaxAgeMs?: number | undefined;
  /** And not again within this; default 10 s. */
  readonly keysPauseMs?: number | undefined;
}

interface Keys {
  readonly issuer: string;
  readonly byId: ReadonlyMap<string, { readonly key: KeyObject; readonly algorithm: string }>;
}

const keySet = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });
const discovery = z.object({ issuer: z.string().min(1) });
const headerForm = z.object({ alg: z.string(), kid: z.string() });
const claimsForm = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  nbf: z.number().optional(),
  "kubernetes.io": z.object({
    namespace: z.string().min(1),
    pod: z.object({ name: z.string().min(1), uid: z.string().min(1) }),
    node: z.object({ name: z.string().min(1) }).optional(),
    serviceaccount: z.object({ name: z.string().min(1) }),
  }),
});
type Claims = z.infer<typeof claimsForm>;

/** What the API server signs with, by the kind of its key; the hash of each. */
const algorithms: Readonly<Record<string, string>> = {
  RS256: "sha256",
  ES256: "sha256",
  ES384: "sha384",
  ES512: "sha512",
};
const curves: Readonly<Record<string, string>> = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" };
/** It is served as this and nothing else. */
const keySetType = "application/jwk-set+json";
/** Clocks of the API server and of this node may differ by so much, in seconds. */
const leewayS = 30;
/** A token is a kilobyte or two. */
const longestToken = 16_384;

export class ServiceAccountTokens {
  readonly #options: ServiceAccountTokensOptions;
  #keys: Keys | undefined;
  #fetched = Number.NEGATIVE_INFINITY;
  #fetching: Promise<Keys> | undefined;

  constructor(options: ServiceAccountTokensOptions) {
    this.#options = options;
  }

  /** Throws CONTROLLER_TOKEN_REFUSED, which repeats nothing of the token, or why the API server did not give its keys. */
  async verify(token: string): Promise<TokenOwner> {
    const [head = "", body = "", signature = "", ...more] = token.length > longestToken ? [] : token.split(".");
    if (signature === "" || more.length > 0) throw new TokenRefusedError("it is no JSON Web Token");
    const { alg, kid } = parsed(headerForm, head);
    const { issuer, byId } = await this.#keysWith(kid);
    const found = byId.get(kid);
    if (found === undefined) throw new TokenRefusedError("it is signed with a key that the cluster does not publish");
    if (found.algorithm !== alg) throw new TokenRefusedError(`it is signed by ${JSON.stringify(alg.slice(0, 16))}`);
    const key = { key: found.key, dsaEncoding: "ieee-p1363" } as const;
    const hash = algorithms[alg] ?? "";
    if (!verify(hash, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url")))
      throw new TokenRefusedError("its signature is wrong");
    return this.#owner(parsed(claimsForm, body), issuer);
  }

  #owner(claims: Claims, issuer: string): TokenOwner {
    const now = Date.now() / 1_000;
    const { iss, aud, exp, nbf = 0, "kubernetes.io": of } = claims;
    if (iss !== issuer) throw new TokenRefusedError("another cluster has issued it");
    if (![aud].flat().includes(this.#options.audience)) throw new TokenRefusedError("it is for somebody else");
    if (exp + leewayS < now) throw new TokenRefusedError("it has expired");
    if (nbf - leewayS > now) throw new TokenRefusedError("it is not valid yet");
    return { namespace: of.namespace, serviceAccount: of.serviceaccount.name, pod: of.pod, node: of.node?.name };
  }

  /** The keys, with this one if the cluster publishes it. */
  async #keysWith(kid: string): Promise<Keys> {
    const { keysMaxAgeMs = 600_000, keysPauseMs = 10_000 } = this.#options;
    const age = performance.now() - this.#fetched;
    const known = this.#keys;
    if (known === undefined || (!known.byId.has(kid) && age >= keysPauseMs)) return this.#fetch();
    // What the cluster has ceased to publish is to cease here too; nobody waits for that.
    if (age >= keysMaxAgeMs) this.#fetch().catch(() => {});
    return known;
  }

  #fetch(): Promise<Keys> {
    this.#fetching ??= this.#read().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #read(): Promise<Keys> {
    const { client } = this.#options;
    // An attempt counts as well: an API server that does not answer is not asked for each token.
    if (this.#keys !== undefined) this.#fetched = performance.now();
    const [set, { issuer }] = await Promise.all([
      client
        .request({ method: "GET", path: "/openid/v1/jwks", accept: keySetType })
        .then((answer) => keySet.parse(answer)),
      client
        .request({ method: "GET", path: "/.well-known/openid-configuration" })
        .then((answer) => discovery.parse(answer)),
    ]);
    const byId = new Map<string, { key: KeyObject; algorithm: string }>();
    for (const jwk of set.keys) {
      const algorithm = jwk.kty === "RSA" ? "RS256" : curves[String(jwk.crv)];
      if (algorithm === undefined) continue;
      byId.set(jwk.kid, { key: createPublicKey({ key: jwk as JsonWebKey, format: "jwk" }), algorithm });
    }
    this.#fetched = performance.now();
    this.#keys = { issuer, byId };
    return this.#keys;
  }
}

function parsed<T>(form: z.ZodType<T>, part: string): T {
  try {
    return form.parse(JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
  } catch {
    throw new TokenRefusedError("it is no token of a service account that is bound to a pod");
  }
}
