/** A NATS server that speaks TLS, with certificates that a test exchanges. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeServerCertificate, type ServerCertificate } from "../src/certificates/server-certificate.ts";
import { type NatsServer, startNatsServer } from "./nats-server.ts";

export interface TlsServer extends NatsServer {
  /** What lies in the server's files from now on. It looks there when it starts, and when it is asked to. */
  put(certificate: ServerCertificate): void;
}

export const systemLogin = { user: "system", password: "pSystem1" };

/** `url` is `tls://localhost:<port>`. Everybody may connect; the system account's user may have it read its files again, as in the chart. */
export async function startTlsServer(certificate = makeServerCertificate(["localhost"])): Promise<TlsServer> {
  const dir = mkdtempSync(join(tmpdir(), "portcullis-tls-"));
  const put = ({ certificate: pem, key }: ServerCertificate): void => {
    writeFileSync(join(dir, "tls.crt"), pem);
    writeFileSync(join(dir, "tls.key"), key);
  };
  put(certificate);
  const config = `
    tls { cert_file: "${dir}/tls.crt", key_file: "${dir}/tls.key", min_version: "1.3", timeout: 10 }
    accounts { $SYS { users: [ { user: system, password: $SYSTEM, permissions: {
      publish: ["$SYS.REQ.SERVER.*.RELOAD"], subscribe: ["_INBOX_system.>"]
    } } ] } }
    authorization { users: [ { user: anybody, password: $SYSTEM } ] }
    no_auth_user: anybody
  `;
  const server = await startNatsServer({ config, env: { SYSTEM: systemLogin.password } });
  return {
    get url() {
      return server.url.replace("nats://127.0.0.1", "tls://localhost");
    },
    get pid() {
      return server.pid;
    },
    put,
    start: (options) => server.start(options),
    stop: (options) => server.stop(options),
    dispose: async () => {
      await server.dispose();
      rmSync(dir, { recursive: true });
    },
  };
}
