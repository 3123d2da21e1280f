import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FetchedNetwork } from '../../src/ui/session/fetchedNetwork.js';

let server: Server;
let url: string;
let asked = 0;
let healthy = true;

beforeAll(async () => {
  server = createServer((_, response) => {
    asked++;
    response.writeHead(healthy ? 200 : 503).end('weights');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/net.safetensors`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked = 0;
  healthy = true;
});

function network(): { fetched: FetchedNetwork; taken: string[] } {
  const taken: string[] = [];
  const take = async (blob: Blob): Promise<void> => void taken.push(await blob.text());
  return { fetched: new FetchedNetwork(take, new AbortController().signal), taken };
}

describe('a network that is fetched when it is first needed', () => {
  it('asks for nothing where there is none', async () => {
    const { fetched, taken } = network();
    await fetched.ready();
    expect(taken).toEqual([]);
  });

  it('is fetched once, however many wait for it', async () => {
    const { fetched, taken } = network();
    fetched.url = url;
    expect(asked).toBe(0);
    await Promise.all([fetched.ready(), fetched.ready()]);
    await fetched.ready();
    expect(taken).toEqual(['weights']);
  });

  it('is fetched again from another address', async () => {
    const { fetched, taken } = network();
    fetched.url = url;
    await fetched.ready();
    fetched.url = `${url}?other`;
    await fetched.ready();
    expect(taken).toHaveLength(2);
  });

  it('may be tried again after a failure', async () => {
    const { fetched, taken } = network();
    fetched.url = url;
    healthy = false;
    await expect(fetched.ready()).rejects.toThrow();
    healthy = true;
    await fetched.ready();
    expect(taken).toEqual(['weights']);
  });
});
