import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoredNetwork } from '../../src/checkpoints/checkpoint.js';
import { familyPortraits } from '../../src/checkpoints/familyPortraits.js';
import { generatorFamilies } from '../../src/checkpoints/generatorFamilies.js';
import { nearestFamily } from '../../src/checkpoints/nearestFamily.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { tensorTree } from '../../src/checkpoints/tensorTree.js';
import { unknownNetwork } from '../../src/checkpoints/unknownNetwork.js';
import { dcganFile } from '../workbench/dcganFile.js';
import { goldenDir } from '../models/goldenCase.js';

const golden = (name: string, file: string): StoredNetwork =>
  chooseGenerator(readCheckpoint(new Uint8Array(readFileSync(join(goldenDir, 'generators', name, file))), file));

const dcgan = chooseGenerator(readCheckpoint(dcganFile(), 'dcgan'));

/** A network with other names. */
function renamed(network: StoredNetwork, rename: (name: string) => string | null): StoredNetwork {
  const tensors = new Map(
    [...network.tensors].flatMap(([name, tensor]) => {
      const other = rename(name);
      return other === null ? [] : [[other, tensor] as const];
    }),
  );
  return { ...network, tensors };
}

describe('nearestFamily', () => {
  it('has a portrait of every family', () => {
    expect(familyPortraits.map(({ family }) => family.title).sort()).toEqual(
      generatorFamilies.map(({ title }) => title).sort(),
    );
  });

  it.each([
    ['stylegan2-ada-32-skip', 'network-snapshot-000000.pkl', 'a StyleGAN2 generator with NVIDIA’s PyTorch names'],
    ['stylegan3-r-32', 'network-snapshot-000000.pkl', 'a StyleGAN3 generator'],
    ['rosinality-stylegan2-32', 'stylegan2-tiny.pt', 'rosinality'],
    ['stylegan2-genforce-32', 'stylegan2_tiny32.pth', 'a StyleGAN2 generator with genforce’s names'],
    ['stylegan1-32', 'stylegan_tiny32.pth', 'a StyleGAN (v1) generator with genforce’s names'],
    ['pggan-32', 'pggan_tiny32.pth', 'a PGGAN generator with genforce’s names'],
    ['biggan-deep-32', 'pytorch_model.bin', 'BigGAN-deep'],
  ])('knows %s by all of its telling tensors', (name, file, title) => {
    const nearest = nearestFamily(golden(name, file));
    expect(nearest?.title).toContain(title);
    expect(nearest?.found).toBe(nearest?.telling);
  });

  it('names the first tensor that is missing, or has other axes', () => {
    const stylegan2 = golden('stylegan2-ada-32-skip', 'network-snapshot-000000.pkl');
    const withoutConstant = renamed(stylegan2, (name) => (name === 'synthesis.b4.const' ? null : name));
    expect(nearestFamily(withoutConstant)).toMatchObject({
      title: 'a StyleGAN2 generator with NVIDIA’s PyTorch names',
      found: 5,
      telling: 6,
      firstDifference: 'it has no tensor `synthesis.b4.const`',
    });
    const flat = renamed(dcgan, (name) =>
      name.replace('main.0.weight', 'first.weight').replace('main.3.bias', 'main.0.weight'),
    );
    expect(nearestFamily(flat)?.firstDifference).toMatch(/`main\.0\.weight`/);
  });

  it('finds none for what is like nothing', () => {
    expect(nearestFamily(renamed(dcgan, (name) => `decoder/${name}`))).toBeNull();
    const error = unknownNetwork(renamed(dcgan, (name) => `decoder/${name}`));
    expect(error.message).toMatch(
      /It is like none of them: it has \d+ tensors, such as `decoder\/main\.0\.weight` \[12/,
    );
    expect(error.message).toContain('layers.json');
  });
});

describe('tensorTree', () => {
  it('shows siblings that are built alike as one', () => {
    expect(tensorTree(dcgan)).toEqual([
      'main.',
      '  0. … 9. (4)',
      '    weight [12, 16, 4, 4] f32',
      '  1. … 7. (3)',
      ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => `    ${name} [16] f32`),
    ]);
    const stylegan2 = tensorTree(golden('stylegan2-ada-32-skip', 'network-snapshot-000000.pkl'));
    expect(stylegan2).toContain('  b8. … b32. (3)');
    expect(stylegan2.length).toBeLessThan(50);
  });

  it('ends after so many lines, and says how many there are', () => {
    expect(tensorTree(dcgan, 3)).toEqual(['main.', '  0. … 9. (4)', '… and 6 lines more']);
  });
});
