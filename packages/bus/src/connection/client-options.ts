/** What the NATS client is told: our options in its words. */

import { readFileSync } from "node:fs";
import { type ConnectionOptions, nkeyAuthenticator, tokenAuthenticator } from "@nats-io/transport-node";
import type { BusTiming, ConnectOptions } from "../bus.ts";
import { inboxPrefixOf } from "../channels/subjects.ts";
import { OptionError } from "../errors.ts";
import { type SeenCertificate, tlsOptions } from "./tls.ts";

export const defaultTiming: BusTiming = {
  dialTimeout: 5_000,
  reconnectWait: 1_000,
  pingInterval: 10_000,
  requestTimeout: 5_000,
  reopenFirst: 100,
  reopenMax: 5_000,
  ackWait: 30_000,
  bundleReread: 180_000,
  doubtPause: 1_000,
};

/** The client's options; `seen` is told of the certificate at every dial. */
export function natsOptionsOf(
  { servers, name, auth, node, tls, inboxPrefix }: Omit<ConnectOptions, "signal" | "log">,
  timing: BusTiming,
  seen?: SeenCertificate,
): ConnectionOptions {
  const list = typeof servers === "string" ? servers.split(",").map((url) => url.trim()) : [...servers];
  if (list.length === 0 || list.includes(""))
    throw new OptionError("servers: at least one NATS URL is needed, none empty");
  if (list.some((url) => /^wss?:/i.test(url)))
    throw new OptionError(
      "servers: a WebSocket (ws://, wss://) is not supported; give the server's nats:// or tls:// URL",
    );
  return {
    servers: list,
    name,
    timeout: timing.dialTimeout,
    maxReconnectAttempts: -1,
    reconnectTimeWait: timing.reconnectWait,
    reconnectJitter: timing.reconnectWait / 2,
    pingInterval: timing.pingInterval,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true,
    // Else the client makes two errors for each request, only to know who has made it.
    noAsyncTraces: true,
    // The client would take a name's addresses apart and dial each of them for `timeout`. The socket resolves it at every dial and tries
    // them side by side.
    resolve: false,
    // The addresses that servers tell of each other are those of pods, which change.
    ignoreClusterUpdates: true,
    ...tlsOptions(list, tls, seen),
    ...inboxOptions(inboxPrefix, node, auth),
    ...authOptions(auth),
  };
}

/** Each user has an inbox prefix of its own, which permissions can name: nobody has to be allowed to read another's replies. */
function inboxOptions(
  inboxPrefix: string | undefined,
  node: string | undefined,
  auth: ConnectOptions["auth"],
): ConnectionOptions {
  if (inboxPrefix !== undefined) return { inboxPrefix };
  if (node !== undefined) return { inboxPrefix: inboxPrefixOf(node) };
  return auth !== undefined && "user" in auth ? { inboxPrefix: inboxPrefixOf(auth.user) } : {};
}

function authOptions(auth: ConnectOptions["auth"]): ConnectionOptions {
  if (auth === undefined) return {};
  if ("token" in auth) return { token: auth.token };
  if ("tokenFile" in auth)
    return { authenticator: tokenAuthenticator(() => readFileSync(auth.tokenFile, "utf8").trim()) };
  if ("user" in auth) return { user: auth.user, pass: auth.password };
  return { authenticator: nkeyAuthenticator(new TextEncoder().encode(auth.nkeySeed)) };
}
