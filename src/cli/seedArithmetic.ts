/** `ganvas discover --method arithmetic`: a direction from seeds that have something, less seeds that have it not. */
import { parseSeedRange } from '../latent/seedRange.js';
import type { SeedSides } from '../workbench/seedDirection.js';
import { usageError, type Arguments } from './arguments.js';

export interface ArithmeticOptions {
  readonly name: string;
  readonly sides: Omit<SeedSides, 'class'>;
}

/** Options of the other methods, which it does not take. */
const OTHERS = [
  'layers',
  'count',
  'at',
  'samples',
  'seed',
  'predictor',
  'attributes',
  'space',
  'estimator',
  'chosen',
  'rank',
];

/** Null for another method. @throws GanvasError `usage`, `invalid-seed-range` */
export function readArithmetic(args: Arguments): ArithmeticOptions | null {
  const own = ['plus', 'minus', 'name'].find((name) => args.has(name));
  if (args.text('method') !== 'arithmetic') {
    if (own === undefined) return null;
    throw usageError(
      `--${own} is not for --method ${args.text('method') ?? 'sefa'}. It goes with --method arithmetic.`,
    );
  }
  const other = OTHERS.find((name) => args.has(name));
  if (other !== undefined) throw usageError(`--${other} is not for --method arithmetic. It takes --plus and --minus.`);
  return {
    name: args.text('name') ?? 'difference',
    sides: {
      plus: parseSeedRange(args.requiredText('plus', 'seeds, such as 3,8,11')),
      minus: parseSeedRange(args.requiredText('minus', 'seeds, such as 1,2,5')),
    },
  };
}
