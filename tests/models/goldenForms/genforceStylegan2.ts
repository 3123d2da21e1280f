import { psiOfLayers } from '../../../src/editing/applyEdits.js';
import { get, type Golden } from '../goldenCase.js';
import type { GoldenForm, GoldenRun, OpenedCase } from './goldenForm.js';
import { placeOf } from './stylegan2Names.js';

interface GenforceRun {
  readonly trunc_psi?: number | null;
  readonly trunc_layers?: number | null;
  readonly randomize_noise?: false;
}

const known: readonly string[] = ['trunc_psi', 'trunc_layers', 'randomize_noise'];

/** genforce models/stylegan2_generator.py. */
export const genforceStylegan2: GoldenForm = {
  title: 'genforce StyleGAN2',
  matches: ({ family }) => family === 'genforce-stylegan2',
  latent: 'wp',
  run: ({ golden, io, recognised: { generator } }: OpenedCase, alternative: unknown): GoldenRun => {
    const settings = {
      ...(golden.manifest.config.run as GenforceRun),
      ...(alternative as Partial<GenforceRun> | null),
    };
    const unknown = Object.keys(settings).filter((key) => !known.includes(key));
    if (unknown.length > 0) throw new Error(`a run sets ${unknown.join(', ')}`);
    // TruncationModule.forward: nothing happens without layers to truncate, nor beyond psi 1.
    const [psi, cutoff] = [Math.min(settings.trunc_psi ?? 1, 1), settings.trunc_layers ?? 0];
    const inputs = new Map<string, Golden>([
      ['z', get(io, 'in.z')],
      ['psi', { shape: [generator.numWs], values: psiOfLayers({ psi, cutoff }, generator.numWs) }],
    ]);
    const label = io.get('in.label') ?? io.get('in.c');
    if (label !== undefined) inputs.set('c', label);
    return { generator, inputs, noise: 'const' };
  },
  midName,
};

/** Modules return their style beside their output. */
function midName(tap: string): string | null {
  const dense = /^mapping\.fc(\d+)$/.exec(tap)?.[1];
  if (dense !== undefined) return `mapping.dense${dense}`;
  const place = placeOf(tap);
  if (place === null) return null;
  const { block, layer, part } = place;
  if (layer === 'const') return 'synthesis.early_layer';
  const name = { conv0: `layer${2 * block - 1}`, conv1: `layer${2 * block}`, torgb: `output${block}`, img: null }[
    layer
  ];
  const suffix = { '': 'x', affine: 'style' }[part];
  return name === null || suffix === undefined ? null : `synthesis.${name}.${suffix}`;
}
