import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A host of models on a port of its own, so that to the editor's page it is another site. */
export class ModelServer {
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  private readonly hanging: ServerResponse[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      if (path.startsWith('/shared/')) response.setHeader('access-control-allow-origin', '*');
      response.setHeader('content-length', ModelServer.bytes.length);
      if (!path.includes('slow')) return void response.end(ModelServer.bytes);
      response.write(ModelServer.bytes.subarray(0, 1_000_000));
      this.hanging.push(response);
    });
  }

  /** What each of its files holds. */
  static readonly bytes = Buffer.alloc(4_000_000, 7);

  static async start(): Promise<ModelServer> {
    const server = createServer();
    const started = new ModelServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  /** `/shared/…` may be read by any site, `/private/…` only by this one; `…/slow…` stops after a quarter. */
  address(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  async stop(): Promise<void> {
    for (const response of this.hanging) response.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
