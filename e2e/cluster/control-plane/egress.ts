/**
 * Process: the API server's way to the kubelets. An HTTP CONNECT proxy on a unix socket, as an egress selector wants it, that
 * knows the kubelets' addresses inside the guests and the ports they are forwarded to. A process of its own, so that a test
 * that blocks cannot stop an exec. Usage: node egress.ts SOCKET HOST KUBELET_PORT_BASE
 */
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";

const [socketPath = "", host = "", base = ""] = process.argv.slice(2);
rmSync(socketPath, { force: true });
const server = createServer();
server.on("connect", (request, client: Socket, head) => {
  const node = /^10\.0\.(\d+)\.15:10250$/.exec(request.url ?? "")?.[1];
  client.on("error", () => client.destroy());
  if (!node) {
    client.end("HTTP/1.1 502 no such kubelet\r\n\r\n");
    return;
  }
  const kubelet = connect(Number(base) + Number(node), host, () => {
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    kubelet.write(head);
    kubelet.pipe(client).pipe(kubelet);
  });
  kubelet.setNoDelay(true);
  kubelet.on("error", () => client.destroy());
  client.on("close", () => kubelet.destroy());
  kubelet.on("close", () => client.destroy());
});
server.listen(socketPath);
