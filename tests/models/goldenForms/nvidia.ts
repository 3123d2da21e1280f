import { psiOfLayers } from '../../../src/editing/applyEdits.js';
import { get, type Golden, type Manifest } from '../goldenCase.js';
import type { GoldenForm, GoldenRun, OpenedCase } from './goldenForm.js';

interface NvidiaRun {
  readonly truncation_psi: number;
  readonly truncation_cutoff: number | null;
  readonly noise_mode: 'const' | 'none';
}

interface NvidiaAlternative {
  readonly psi?: number;
  readonly cutoff?: number;
  readonly noise_mode?: 'const' | 'none';
  /** StyleGAN3: whether the picture is moved by `in.transform`. */
  readonly transform?: boolean;
}

const known: readonly string[] = ['psi', 'cutoff', 'noise_mode', 'transform'];

/** stylegan2-ada-pytorch, and both generators of the stylegan3 repository. */
export const nvidia: GoldenForm = {
  title: 'NVIDIA StyleGAN2 and StyleGAN3',
  matches: (manifest) => /^training\.networks(_stylegan[23])?\.Generator$/.test(className(manifest)),
  latent: 'ws',
  run: ({ golden, io, recognised: { generator } }: OpenedCase, alternative: unknown): GoldenRun => {
    const stored = golden.manifest.config.run as NvidiaRun;
    const other = (alternative ?? {}) as NvidiaAlternative;
    const unknown = Object.keys(other).filter((key) => !known.includes(key));
    if (unknown.length > 0) throw new Error(`an alternative sets ${unknown.join(', ')}`);
    const psi = other.psi ?? stored.truncation_psi;
    const cutoff = other.cutoff ?? stored.truncation_cutoff;
    const inputs = new Map<string, Golden>([
      ['z', get(io, 'in.z')],
      ['psi', { shape: [generator.numWs], values: psiOfLayers({ psi, cutoff }, generator.numWs) }],
    ]);
    const label = io.get('in.c');
    if (label !== undefined) inputs.set('c', label);
    if (other.transform === true) inputs.set('transform', get(io, 'in.transform'));
    return { generator, inputs, noise: other.noise_mode ?? stored.noise_mode };
  },
  midName: (tap) => tap,
};

export const className = ({ config }: Manifest): string => config.G_kwargs?.class_name ?? '';
