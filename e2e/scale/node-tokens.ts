/** Tokens of the enforcers' service account, as an API server signs them, and the documents by which somebody else verifies them. */

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export interface TokenPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
}

export const tokenAudience = "portcullis-nats.portcullis";
export const tokenNamespace = "portcullis";
export const tokenAccount = "portcullis-enforcer";

const issuer = "https://kubernetes.default.svc.cluster.local";
const keyId = "scale";
const lifetimeS = 86_400;

export class NodeTokens {
  readonly #key: KeyObject;
  readonly #public: KeyObject;

  constructor() {
    // The kind of key that kubeadm makes.
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    this.#key = privateKey;
    this.#public = publicKey;
  }

  /** By the path at which the API server has each. */
  documents(): Readonly<Record<string, object>> {
    const key = { kid: keyId, use: "sig", alg: "RS256", ...this.#public.export({ format: "jwk" }) };
    return { "/openid/v1/jwks": { keys: [key] }, "/.well-known/openid-configuration": { issuer } };
  }

  of({ name, uid, node }: TokenPod): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      ...{ aud: [tokenAudience], exp: now + lifetimeS, iat: now, nbf: now, iss: issuer },
      "kubernetes.io": {
        ...{ namespace: tokenNamespace, node: { name: node, uid: `node-${uid}` }, pod: { name, uid } },
        serviceaccount: { name: tokenAccount, uid: "8c1f0d0e-5d0a-4f5c-9000-000000000000" },
        warnafter: now + 3_607,
      },
      sub: `system:serviceaccount:${tokenNamespace}:${tokenAccount}`,
    };
    const text = `${encoded({ alg: "RS256", kid: keyId })}.${encoded(claims)}`;
    return `${text}.${sign("sha256", Buffer.from(text), this.#key).toString("base64url")}`;
  }
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
