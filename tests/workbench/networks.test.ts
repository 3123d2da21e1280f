/** Files of several networks: which is run, which others can be, and what stays with a choice. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { Workbench } from '../../src/workbench/workbench.js';
import { dictOf, stateDict, writeTorchZip } from '../checkpoints/torchWriter.js';
import { numbers } from '../ops/numbers.js';
import { instrumentedGpu } from './instrumentedGpu.js';

const snapshot = Uint8Array.from(
  readFileSync('tests/golden/generators/stylegan2-ada-32-skip/network-snapshot-000000.pkl'),
);

test('averaged weights are taken, and the trained ones can be', async () => {
  const { summary } = await openCheckpoint(snapshot, 'snapshot');
  expect(summary).toMatchObject({ network: 'G_ema', generators: ['G', 'G_ema'] });
  const trained = await openCheckpoint(snapshot, 'snapshot', { network: 'G' });
  expect(trained.network.name).toBe('G');
  expect(trained.summary).toMatchObject({ network: 'G', generators: ['G', 'G_ema'] });
  expect(trained.summary.hash).not.toBe(summary.hash);
});

test('a network that is not there, or makes no pictures, is refused', async () => {
  const open = (network: string): Promise<unknown> => openCheckpoint(snapshot, 'snapshot', { network });
  await expect(open('H')).rejects.toMatchObject({ code: 'checkpoint-network-missing' });
  await expect(open('D')).rejects.toMatchObject({ code: 'unsupported-architecture' });
});

test('a description is of the only network, whatever that is called', async () => {
  const shapes = { hidden: [6, 4], picture: [48, 6] };
  const tensors = Object.entries(shapes).map(([name, shape]) => [name, { shape, data: numbers(shape, 1) }] as const);
  const file = writeTorchZip(dictOf({ painter: stateDict(Object.fromEntries(tensors)) }));
  const description = JSON.stringify({
    format: 'ganvas-layers',
    version: 1,
    kind: 'generator',
    input: [4],
    layers: [
      { type: 'dense', weights: { weight: 'hidden' } },
      { type: 'dense', weights: { weight: 'picture' } },
      { type: 'reshape', shape: [3, 4, 4] },
    ],
  });
  await expect(openCheckpoint(file, 'own.pth')).rejects.toMatchObject({ code: 'checkpoint-no-generator' });
  const { summary } = await openCheckpoint(file, 'own.pth', { description });
  expect(summary).toMatchObject({ family: 'layers', network: 'painter', generators: ['painter'] });
});

test('the choice outlives a lost device', async () => {
  const instrumented = instrumentedGpu();
  const workbench = new Workbench(instrumented.gpu);
  const { hash } = await workbench.openModel({ name: 'snapshot', bytes: snapshot.buffer, network: 'G' });
  const restored = new Promise<void>((resolve) => {
    workbench.subscribe(({ type }) => {
      if (type === 'device-restored') resolve();
    });
  });
  instrumented.loseDevice('test');
  await restored;
  expect((await workbench.getState()).model).toMatchObject({ hash, network: 'G' });
  await workbench.dispose();
});
