import { at } from '../../../src/engine/shape.js';
import { parameterTensor, type Tensor } from '../../../src/engine/tensor.js';
import type { Generator, NoiseSource } from '../../../src/models/generator.js';
import { add, mul, sub } from '../../../src/ops/binary.js';
import { broadcastTo } from '../../../src/ops/broadcastTo.js';
import { concat } from '../../../src/ops/concat.js';
import { reshape } from '../../../src/ops/reshape.js';
import { sliceAxis } from '../../../src/ops/slice.js';
import { get, type Golden } from '../goldenCase.js';
import type { GoldenForm, GoldenRun, Named, OpenedCase } from './goldenForm.js';
import { placeOf } from './stylegan2Names.js';

interface RosinalityRun {
  readonly truncation: number;
}

/** What an alternative changes, told from its sentence in the manifest. */
interface Change {
  readonly truncation?: number;
  readonly inject?: number;
  readonly noise?: 'zero';
}

/** rosinality/stylegan2-pytorch model.py: Generator. */
export const rosinality: GoldenForm = {
  title: 'rosinality StyleGAN2',
  matches: ({ family }) => family === 'rosinality-stylegan2',
  latent: 'ws',
  run: (opened: OpenedCase, alternative: unknown): GoldenRun => {
    const { golden, io, recognised } = opened;
    const { generator } = recognised;
    const change = alternative === null ? {} : changeOf(alternative);
    const psi = change.truncation ?? (golden.manifest.config.run as RosinalityRun).truncation;
    const inputs = new Map<string, Golden>([
      ['z', get(io, 'in.z')],
      ['psi', { shape: [generator.numWs], values: new Float32Array(generator.numWs).fill(psi) }],
    ]);
    if (change.inject !== undefined) inputs.set('z2', get(io, 'in.z2'));
    // Training checkpoints have no average: the reference's scripts are given one.
    if (!generator.canTruncate) inputs.set('average', get(io, 'in.latent_avg'));
    return {
      generator,
      inputs,
      noise: noiseOf(opened, change),
      ws: (model: Generator, given: Named) => wPlus(model, given, change.inject ?? model.numWs),
    };
  },
  midName,
};

function changeOf(alternative: unknown): Change {
  const text = String(alternative);
  const truncation = /^truncation ([\d.]+)$/.exec(text)?.[1];
  if (truncation !== undefined) return { truncation: Number(truncation) };
  const inject = /^two latents in\.z, in\.z2, inject_index (\d+), truncation as run$/.exec(text)?.[1];
  if (inject !== undefined) return { inject: Number(inject) };
  if (text === 'all noise maps zero') return { noise: 'zero' };
  throw new Error(`an alternative is "${text}"`);
}

/** The file's own maps; given ones where it has none, or where zeros are wanted. */
function noiseOf({ io, recognised }: OpenedCase, { noise }: Change): NoiseSource {
  const hasMaps = recognised.tensors.has('synthesis.b4.conv1.noise_const');
  if (hasMaps && noise === undefined) return 'const';
  return new Map(
    recognised.generator.noiseMaps.map(({ layer }, index) => {
      const { shape, values } = get(io, `in.noise.noises.noise_${index}`);
      const map = noise === 'zero' ? new Float32Array(values.length) : values;
      return [layer, parameterTensor({ name: `given noise ${index}`, shape, load: () => map })];
    }),
  );
}

/** Generator.forward: layers from `inject` on have the second latent. */
function wPlus(generator: Generator, given: Named, inject: number): Tensor {
  const [first, second = first] = ['z', 'z2']
    .flatMap((name) => given[name] ?? [])
    .map((z) => truncated(generator, generator.mapping(z, null), given));
  if (first === undefined || second === undefined) throw new Error('no latent was given');
  const { numWs } = generator;
  if (inject >= numWs) return first;
  return concat([sliceAxis(first, 1, 0, inject), sliceAxis(second, 1, inject, numWs - inject)], 1);
}

function truncated(generator: Generator, w: Tensor, { psi, average }: Named): Tensor {
  if (psi === undefined) throw new Error('no psi was given');
  if (average === undefined) return generator.truncate(w, psi);
  const { numWs, wDim } = generator;
  const ws = broadcastTo(reshape(w, [at(w.shape, 0), 1, wDim]), [at(w.shape, 0), numWs, wDim]);
  return add(mul(sub(ws, average), reshape(psi, [numWs, 1])), average);
}

function midName(tap: string): string | null {
  if (tap === 'mapping.norm') return 'style.0';
  const dense = /^mapping\.fc(\d+)$/.exec(tap)?.[1];
  if (dense !== undefined) return `style.${Number(dense) + 1}`;
  const place = placeOf(tap);
  if (place === null) return null;
  const { block, layer, part } = place;
  if (layer === 'const') return 'input';
  // The module's output has the upsampled picture of the block before it in it.
  if (layer === 'torgb' && part === '') return null;
  const isRgb = layer === 'torgb' || layer === 'img';
  const convolution = block === 0 ? 'conv1' : `convs.${2 * block - (layer === 'conv0' ? 2 : 1)}`;
  const name = isRgb ? (block === 0 ? 'to_rgb1' : `to_rgbs.${block - 1}`) : convolution;
  const suffix = { '': '', conv: '.conv', affine: '.conv.modulation' }[part];
  return suffix === undefined ? null : `${name}${suffix}`;
}
