import { bigganDeepFamily } from './bigganDeepLayout.js';
import { bigganFamily } from './bigganLayout.js';
import { dcganFamily } from './dcganLayout.js';
import type { GeneratorFamilyReader } from './generatorFamily.js';
import { genforceStylegan2Family } from './genforceStylegan2.js';
import { pgganFamily } from './pgganLayout.js';
import { rosinalityStylegan2Family } from './rosinalityStylegan2.js';
import { stylegan2Family } from './stylegan2Layout.js';
import { tensorflowPgganFamily } from './tensorflowPggan.js';
import { tensorflowStyleganFamily } from './tensorflowStylegan.js';
import { tensorflowStylegan2Family } from './tensorflowStylegan2.js';
import { stylegan3Family } from './stylegan3Layout.js';
import { styleganFamily } from './styleganLayout.js';

/** Every form of generator that is understood. They are asked in order; at most one of them should answer. */
export const generatorFamilies: readonly GeneratorFamilyReader[] = [
  stylegan2Family,
  rosinalityStylegan2Family,
  genforceStylegan2Family,
  tensorflowStylegan2Family,
  stylegan3Family,
  pgganFamily,
  tensorflowPgganFamily,
  styleganFamily,
  tensorflowStyleganFamily,
  bigganDeepFamily,
  bigganFamily,
  dcganFamily,
];
