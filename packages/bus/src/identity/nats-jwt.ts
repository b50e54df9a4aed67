/**
 * The tokens in which NATS asks who a client is, and is told: JSON Web Tokens in NATS' own dialect. Who asks is the server itself, on a subject of the
 * controller's account that no client may write; so the question's signature would say nothing more, and is not looked at. The answer's is looked
 * at by the server, which knows the key by its configuration.
 */

import { z } from "zod";
import { MessageInvalidError } from "../errors.ts";
import type { LoginKey } from "./login-key.ts";
import { nodeAccount, nodePermissions } from "./node-permissions.ts";

/** What of the server's question counts. */
export interface LoginQuestion {
  /** Who asks. */
  readonly server: string;
  /** The key that the server has made for the client. */
  readonly user: string;
  /** What the client calls itself, for the log. */
  readonly client: string;
  readonly token: string | undefined;
}

const question = z.object({
  nats: z.object({
    server_id: z.object({ id: z.string().min(1) }),
    user_nkey: z.string().regex(/^U[A-Z2-7]{55}$/),
    client_info: z.object({ name: z.string().optional() }).optional(),
    connect_opts: z.object({ auth_token: z.string().optional() }),
  }),
});

/** Throws `BUS_MESSAGE_INVALID`, which repeats nothing of the question: it holds what the client says for itself. */
export function readQuestion(jwt: string): LoginQuestion {
  try {
    const [, payload = ""] = jwt.split(".");
    const { nats } = question.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
    return {
      server: nats.server_id.id,
      user: nats.user_nkey,
      client: nats.client_info?.name ?? "",
      token: nats.connect_opts.auth_token,
    };
  } catch {
    throw new MessageInvalidError("login", "what the server asks is no question for a login of this server's version");
  }
}

/** The answer that lets the client in as that node. */
export function acceptance(key: LoginKey, { server, user }: LoginQuestion, node: string, lastsMs: number): string {
  const { publish, subscribe } = nodePermissions(node);
  const expires = Math.floor((Date.now() + lastsMs) / 1_000);
  const jwt = encode(key, {
    ...{ sub: user, aud: nodeAccount, name: node, exp: expires },
    nats: {
      ...{ pub: { allow: publish }, sub: { allow: subscribe } },
      // No limits: the server takes them of its own configuration, and of the account's there, whatever is said here.
      ...{ subs: -1, data: -1, payload: -1, type: "user", version: 2 },
    },
  });
  return response(key, { server, user }, { jwt });
}

/** The answer that turns the client away. The server logs the reason, and tells the client nothing of it. */
export const refusal = (key: LoginKey, asked: Pick<LoginQuestion, "server" | "user">, error: string): string =>
  response(key, asked, { error });

function response(key: LoginKey, { server, user }: Pick<LoginQuestion, "server" | "user">, said: object): string {
  return encode(key, { sub: user, aud: server, nats: { ...said, type: "authorization_response", version: 2 } });
}

const header = encodePart({ typ: "JWT", alg: "ed25519-nkey" });

function encode(key: LoginKey, claims: object): string {
  const signed = `${header}.${encodePart({ iat: Math.floor(Date.now() / 1_000), iss: key.issuer, ...claims })}`;
  return `${signed}.${key.sign(Buffer.from(signed)).toString("base64url")}`;
}

function encodePart(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
