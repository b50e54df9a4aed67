/** A network between a client and the API server that a test can break. */
import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP proxy in front of the API server that can cut, refuse and go silent. */
export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** New connections are closed at once. */
  refusing = false;
  /** What comes back from the server is swallowed: a network that lost the connection without telling. */
  silent = false;
  /** Connections accepted since the start. */
  accepted = 0;
  port = 0;

  private constructor(target: number) {
    this.#server = createServer((socket) => {
      if (this.refusing) {
        socket.destroy();
        return;
      }
      this.accepted++;
      const upstream = connect(target, "127.0.0.1");
      for (const side of [socket, upstream]) {
        this.#sockets.add(side);
        side.on("error", () => undefined);
        side.on("close", () => {
          this.#sockets.delete(side);
          (side === socket ? upstream : socket).destroy();
        });
      }
      socket.on("data", (bytes) => upstream.write(bytes));
      // A connection that was silenced has lost bytes and stays dead.
      let dead = false;
      upstream.on("data", (bytes) => {
        dead ||= this.silent;
        if (!dead) socket.write(bytes);
      });
    });
  }

  static async start(target: number): Promise<Wire> {
    const proxy = new Wire(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    const address = proxy.#server.address();
    if (address !== null && typeof address !== "string") proxy.port = address.port;
    return proxy;
  }

  /** Connections open now. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
