import { get, type Golden } from '../goldenCase.js';
import type { GoldenForm, GoldenRun, OpenedCase } from './goldenForm.js';

/** pytorch/examples dcgan: nothing can be set. */
export const dcgan: GoldenForm = {
  title: 'pytorch/examples DCGAN',
  matches: ({ family }) => family === 'dcgan',
  latent: 'z',
  run: ({ io, recognised: { generator } }: OpenedCase, alternative: unknown): GoldenRun => {
    if (alternative !== null) throw new Error(`there are no alternatives: ${JSON.stringify(alternative)}`);
    const inputs = new Map<string, Golden>([
      ['z', get(io, 'in.z')],
      ['psi', { shape: [1], values: Float32Array.of(1) }],
    ]);
    return { generator, inputs, noise: 'none' };
  },
  // The reference's ReLU writes over what it reads, and has no output of its own.
  midName: (tap) => (tap.endsWith('.relu') ? null : tap),
};
