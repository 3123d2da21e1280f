import type { GoldenCase } from '../goldenCase.js';
import { biggan } from './biggan.js';
import { dcgan } from './dcgan.js';
import { genforceStylegan2 } from './genforceStylegan2.js';
import { genforcePggan } from './genforcePggan.js';
import { genforceStylegan } from './genforceStylegan.js';
import type { GoldenForm } from './goldenForm.js';
import { nvidia } from './nvidia.js';
import { rosinality } from './rosinality.js';

/** Every reference project that is compared with. */
export const goldenForms: readonly GoldenForm[] = [
  nvidia,
  rosinality,
  genforceStylegan2,
  genforcePggan,
  genforceStylegan,
  biggan,
  dcgan,
];

export const formOf = ({ manifest }: GoldenCase): GoldenForm | undefined =>
  goldenForms.find(({ matches }) => matches(manifest));
