import { get, type Golden } from '../goldenCase.js';
import type { GoldenForm, GoldenRun, OpenedCase } from './goldenForm.js';

interface BigGanSettings {
  readonly truncation?: number;
  /** The class vector is half the class and half the next one. */
  readonly soft?: boolean;
}

const known: readonly string[] = ['truncation', 'soft'];

/** pytorch-pretrained-BigGAN. Its truncation chooses the statistics; `in.z` is used as it is. */
export const biggan: GoldenForm = {
  title: 'Hugging Face BigGAN-deep',
  matches: ({ family }) => family === 'biggan-deep',
  latent: 'z',
  run: ({ golden, io, recognised: { generator } }: OpenedCase, alternative: unknown): GoldenRun => {
    const stored = golden.manifest.config.run as BigGanSettings;
    const other = (alternative ?? {}) as BigGanSettings;
    const unknown = Object.keys(other).filter((key) => !known.includes(key));
    if (unknown.length > 0) throw new Error(`an alternative sets ${unknown.join(', ')}`);
    const statistics = generator.statisticsOf(other.truncation ?? stored.truncation ?? 1);
    if (statistics === null) throw new Error('the generator has no statistics to choose from');
    const label = get(io, 'in.class');
    const inputs = new Map<string, Golden>([
      ['z', get(io, 'in.z')],
      ['psi', { shape: [generator.numWs], values: new Float32Array(generator.numWs).fill(1) }],
      ['c', other.soft === true ? halfTheNextClass(label) : label],
      ['statistics', { shape: [statistics.length], values: statistics }],
    ]);
    return { generator, inputs, noise: 'none' };
  },
  midName: (tap) => tap,
};

function halfTheNextClass({ shape, values }: Golden): Golden {
  const classes = shape.at(-1) ?? 1;
  const mixed = values.map((value, index) => {
    const row = index - (index % classes);
    return (value + (values[row + ((index - row + classes - 1) % classes)] ?? NaN)) / 2;
  });
  return { shape, values: mixed };
}
