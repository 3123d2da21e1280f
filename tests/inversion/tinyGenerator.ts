import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/engine.js';
import type { InversionRequest } from '../../src/inversion/inversionRequest.js';
import { settingsOf } from '../../src/inversion/inversionMethods.js';
import type { InversionSettings } from '../../src/inversion/inversionSettings.js';
import { latentDomainOf } from '../../src/inversion/latentDomain.js';
import { everyLayer } from '../../src/inversion/wOfLatents.js';
import type { Generator } from '../../src/models/generator.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { goldenDir } from '../models/goldenCase.js';
import { named } from '../ops/evaluate.js';
import { craftedModel } from '../workbench/craftedModels.js';

/** 8², 8 channels, no noise maps. */
export async function tinyGenerator(): Promise<Generator> {
  return (await openCheckpoint(new Uint8Array(craftedModel(8)), 'tiny')).generator;
}

/** A small generator of the references, with noise maps or classes. */
export async function goldenGenerator(name: string): Promise<Generator> {
  const file = readFileSync(join(goldenDir, 'generators', name, 'network-snapshot-000000.pkl'));
  return (await openCheckpoint(new Uint8Array(file), name)).generator;
}

/** Pictures of rows of w, each [imgChannels, R, R]. */
export async function picturesOf(
  engine: Engine,
  generator: Generator,
  ws: readonly Float32Array[],
): Promise<Float32Array<ArrayBuffer>[]> {
  const rows = new Float32Array(ws.length * generator.wDim);
  ws.forEach((w, row) => rows.set(w, row * generator.wDim));
  const program = await engine.compile(
    (inputs) => ({ img: generator.synthesis(everyLayer(generator, named(inputs, 'w')), { noise: 'const' }) }),
    { w: [ws.length, generator.wDim] },
    { label: 'pictures' },
  );
  try {
    program.run({ w: rows });
    const img = await program.read('img');
    const size = img.length / ws.length;
    return ws.map((_, row) => img.slice(row * size, (row + 1) * size));
  } finally {
    program.dispose();
  }
}

/** What inverts the generator's own pictures of some of its draws, the last ones kept, which no start looks at first. */
export async function ownPictures(
  engine: Engine,
  generator: Generator,
  count: number,
  settings: Partial<InversionSettings>,
): Promise<InversionRequest> {
  const label = settings.class ?? null;
  const domain = await latentDomainOf(engine, generator, label);
  const ws = domain.draws.slice(-count).map(({ w }) => w);
  return {
    label: 'test inversion',
    generator,
    pictures: await picturesOf(engine, generator, ws),
    settings: {
      ...settingsOf(settings.method ?? 'ganvas', { space: settings.space ?? 'w+', perceptual: false }),
      ...settings,
    },
    perceptual: null,
    domain,
    encoder: null,
  };
}
