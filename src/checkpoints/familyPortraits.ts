import { bigganDeepFamily } from './bigganDeepLayout.js';
import { bigganFamily } from './bigganLayout.js';
import { dcganFamily } from './dcganLayout.js';
import type { GeneratorFamilyReader } from './generatorFamily.js';
import { genforceStylegan2Family } from './genforceStylegan2.js';
import { pgganFamily } from './pgganLayout.js';
import { rosinalityStylegan2Family } from './rosinalityStylegan2.js';
import { stylegan2Family } from './stylegan2Layout.js';
import { stylegan3Family } from './stylegan3Layout.js';
import { styleganFamily } from './styleganLayout.js';
import { tensorflowPgganFamily } from './tensorflowPggan.js';
import { tensorflowStyleganFamily } from './tensorflowStylegan.js';
import { tensorflowStylegan2Family } from './tensorflowStylegan2.js';

/** By which tensors people who know a family tell it, from the most telling on. */
export interface FamilyPortrait {
  readonly family: GeneratorFamilyReader;
  /** Names; `*` stands for any run of characters but a dot or slash. A number behind a name is how many axes it has. */
  readonly telling: readonly (string | readonly [name: string, axes: number])[];
}

/** One for each of `generatorFamilies`: what a file that none of them recognises is compared with. */
export const familyPortraits: readonly FamilyPortrait[] = [
  {
    family: stylegan2Family,
    telling: [
      ['synthesis.b4.const', 3],
      ['synthesis.b4.conv1.weight', 4],
      ['synthesis.b4.conv1.affine.weight', 2],
      ['synthesis.b8.conv0.weight', 4],
      ['synthesis.b*.torgb.weight', 4],
      ['mapping.fc0.weight', 2],
    ],
  },
  {
    family: rosinalityStylegan2Family,
    telling: [
      ['input.input', 4],
      ['conv1.conv.weight', 5],
      ['conv1.conv.modulation.weight', 2],
      ['convs.0.conv.weight', 5],
      ['to_rgb1.conv.weight', 5],
      ['style.1.weight', 2],
    ],
  },
  {
    family: genforceStylegan2Family,
    telling: [
      'synthesis.early_layer.const',
      ['synthesis.layer0.weight', 4],
      ['synthesis.layer0.style.weight', 2],
      ['synthesis.output*.style.weight', 2],
      ['mapping.dense0.weight', 2],
    ],
  },
  {
    family: tensorflowStylegan2Family,
    telling: [
      'synthesis/4x4/Const/const',
      'synthesis/4x4/Conv/mod_weight',
      'synthesis/8x8/Conv0_up/weight',
      'mapping/Dense0/weight',
    ],
  },
  {
    family: stylegan3Family,
    telling: [
      ['synthesis.input.freqs', 2],
      'synthesis.input.phases',
      ['synthesis.input.affine.weight', 2],
      ['synthesis.L0_*.weight', 4],
      ['synthesis.L0_*.affine.weight', 2],
      ['mapping.fc0.weight', 2],
    ],
  },
  {
    family: pgganFamily,
    telling: [['layer0.weight', 4], ['layer1.weight', 4], ['output0.weight', 4], 'lod'],
  },
  {
    family: tensorflowPgganFamily,
    telling: ['4x4/Dense/weight', '4x4/Conv/weight', 'ToRGB_lod0/weight'],
  },
  {
    family: styleganFamily,
    telling: [
      ['synthesis.layer0.const', 4],
      ['synthesis.layer0.style.weight', 2],
      ['synthesis.layer1.weight', 4],
      ['synthesis.layer*.apply_noise.weight', 1],
      ['mapping.dense0.weight', 2],
    ],
  },
  {
    family: tensorflowStyleganFamily,
    telling: [
      'synthesis/4x4/Const/const',
      'synthesis/4x4/Conv/StyleMod/weight',
      'synthesis/8x8/Conv0_up/weight',
      'mapping/Dense0/weight',
    ],
  },
  {
    family: bigganDeepFamily,
    telling: [
      ['embeddings.weight', 2],
      ['generator.gen_z.weight*', 2],
      ['generator.layers.0.bn_0.running_means', 2],
      ['generator.layers.0.conv_0.weight*', 4],
      'generator.conv_to_rgb.bias',
    ],
  },
  {
    family: bigganFamily,
    telling: [
      ['shared.weight', 2],
      ['linear.weight', 2],
      ['blocks.0.0.conv1.weight', 4],
      'output_layer.0.gain',
      ['output_layer.2.weight', 4],
    ],
  },
  {
    family: dcganFamily,
    telling: [
      ['main.0.weight', 4],
      ['main.1.running_mean', 1],
      ['main.3.weight', 4],
      ['main.4.running_mean', 1],
    ],
  },
];
