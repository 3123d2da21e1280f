import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { recogniseWithLayers } from '../../src/checkpoints/layersFileRecognition.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Tensor } from '../../src/engine/tensor.js';
import { generatorCases, get, mismatch, readIo } from '../models/goldenCase.js';
import { createTestEngine, named, runOnGpu } from '../ops/evaluate.js';
import { documentedDcgan } from './layersExample.js';

/** The page's example is of this size; other DCGANs need a file of their own. */
const cases = generatorCases().filter(({ manifest: { family, config } }) => {
  const { image_size: size, nz } = config as { readonly image_size?: number; readonly nz?: number };
  return family === 'dcgan' && size === 64 && nz === 100;
});

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

test('cases of the documented size are looked for', () => {
  expect(JSON.parse(documentedDcgan())).toMatchObject({ kind: 'generator', input: [100] });
});

const files = cases.flatMap((golden) =>
  Object.keys(golden.manifest.checkpoint_files).map((file) => [golden.name, file, golden] as const),
);

test.each(files)(
  '%s described by docs/layers-json.md: every layer and the picture from %s',
  async (_, file, golden) => {
    const io = readIo(golden);
    const checkpoint = readCheckpoint(new Uint8Array(readFileSync(join(golden.folder, file))), file);
    const { generator } = recogniseWithLayers(checkpoint, chooseGenerator(checkpoint), documentedDcgan());
    const { outputs } = await runOnGpu(
      engine,
      (given) => {
        const made: Record<string, Tensor> = {};
        const ws = generator.truncate(generator.mapping(named(given, 'z'), null), named(given, 'psi'));
        const tap = (name: string, tensor: Tensor): void => {
          made[`mid.${name}`] = tensor;
        };
        const img = generator.synthesis(ws, { noise: 'none', tap });
        return { ...made, 'out.img': img };
      },
      { z: get(io, 'in.z'), psi: { shape: [1], values: Float32Array.of(1) } },
      true,
    );
    const { tensors, aliases = {} } = golden.manifest.io;
    const stored = [...new Set([...Object.keys(tensors), ...Object.keys(aliases)])].filter((name) =>
      /^(mid\.|out\.img)/.test(name),
    );
    const misses = stored.flatMap((name) => {
      const tolerance = tensors[aliases[name] ?? name]?.tol;
      const actual = outputs[name];
      if (actual === undefined || tolerance === undefined) return [`${name}: not computed, or without tolerance`];
      return mismatch(name, actual, get(io, aliases[name] ?? name), tolerance) ?? [];
    });
    expect(stored.length).toBeGreaterThan(5);
    expect(misses).toEqual([]);
  },
);
