import { Pggan, type PgganConfig } from '../../../src/models/pggan.js';
import { get, type Golden } from '../goldenCase.js';
import type { GoldenForm, GoldenRun, OpenedCase } from './goldenForm.js';
import { alternativeOf, labelOf } from './genforceProgressive.js';

/** Arguments of genforce's class that its files do not state. */
interface GeneratorArguments {
  readonly label_size?: number;
  readonly fused_scale?: boolean;
  readonly use_wscale?: boolean;
  readonly final_tanh?: boolean;
}

/** genforce models/pggan_generator.py. */
export const genforcePggan: GoldenForm = {
  title: 'genforce PGGAN',
  matches: ({ family }) => family === 'genforce-pggan',
  latent: 'z',
  run: ({ golden, io, recognised }: OpenedCase, alternative: unknown): GoldenRun => {
    if (!(recognised.generator instanceof Pggan)) throw new Error(`recognised as ${recognised.generator.family}`);
    const { config } = recognised.generator;
    const { lod = config.lod } = alternativeOf(alternative, ['lod']);
    const generator = new Pggan({ ...config, ...statedBy(golden.manifest.config, config), lod }, recognised.weights);
    const psi = { shape: [1], values: Float32Array.of(1) };
    return {
      generator,
      inputs: new Map<string, Golden>([['z', get(io, 'in.z')], ['psi', psi], ...labelOf(io)]),
      noise: 'none',
    };
  },
  midName: (tap) => tap,
};

function statedBy(config: object, { zDim, cDim }: PgganConfig): Partial<PgganConfig> {
  const stated = 'generator' in config ? (config.generator as GeneratorArguments) : {};
  const { label_size: labels = 0, fused_scale: fusedScale = false } = stated;
  return {
    cDim: labels,
    zDim: zDim + cDim - labels,
    fusedScale,
    weightScaling: stated.use_wscale ?? true,
    finalTanh: stated.final_tanh ?? false,
  };
}
