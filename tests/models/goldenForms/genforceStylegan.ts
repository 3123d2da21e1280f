import { psiOfLayers } from '../../../src/editing/applyEdits.js';
import { StyleGan, type StyleGanConfig } from '../../../src/models/stylegan.js';
import { get, type Golden } from '../goldenCase.js';
import { alternativeOf, labelOf } from './genforceProgressive.js';
import type { GoldenForm, GoldenRun, OpenedCase } from './goldenForm.js';

interface Run {
  readonly trunc_psi?: number;
  readonly trunc_layers?: number;
  readonly randomize_noise?: boolean;
}

/** Arguments of genforce's class that its files do not state. */
interface GeneratorArguments {
  readonly fused_scale?: boolean | 'auto';
  readonly use_wscale?: boolean;
  readonly final_tanh?: boolean;
  readonly mapping_lr_mul?: number;
}

/** genforce models/stylegan_generator.py. */
export const genforceStylegan: GoldenForm = {
  title: 'genforce StyleGAN',
  matches: ({ family }) => family === 'genforce-stylegan',
  latent: 'wp',
  run: ({ golden, io, recognised }: OpenedCase, alternative: unknown): GoldenRun => {
    if (!(recognised.generator instanceof StyleGan)) throw new Error(`recognised as ${recognised.generator.family}`);
    const { config } = recognised.generator;
    const stored = golden.manifest.config.run as Run;
    if (stored.randomize_noise === true) throw new Error('the run draws its noise');
    const other = alternativeOf(alternative, ['trunc_psi', 'trunc_layers', 'lod']);
    const generator = new StyleGan(
      { ...config, ...statedBy(golden.manifest.config), lod: other.lod ?? config.lod },
      recognised.weights,
    );
    const psi = other.trunc_psi ?? stored.trunc_psi ?? 1;
    const cutoff = other.trunc_layers ?? stored.trunc_layers ?? 0;
    const psis = { shape: [generator.numWs], values: psiOfLayers({ psi, cutoff }, generator.numWs) };
    return {
      generator,
      inputs: new Map<string, Golden>([['z', get(io, 'in.z')], ['psi', psis], ...labelOf(io)]),
      noise: 'const',
    };
  },
  midName: (tap) => tap,
};

function statedBy(config: object): Partial<StyleGanConfig> {
  const stated = 'generator' in config ? (config.generator as GeneratorArguments) : {};
  return {
    fusedScale: stated.fused_scale ?? 'auto',
    weightScaling: stated.use_wscale ?? true,
    finalTanh: stated.final_tanh ?? false,
    mappingLrMultiplier: stated.mapping_lr_mul ?? 0.01,
  };
}
