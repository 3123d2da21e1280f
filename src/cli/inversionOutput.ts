import { join } from 'node:path';
import { writeNpy } from '../checkpoints/npy.js';
import type { DomainGauge } from '../inversion/latentDomain.js';
import type { InversionBest, InversionState } from '../inversion/inversionProgress.js';
import type { Crop } from '../inversion/targetPicture.js';
import { serializeRecipe } from '../latent/recipeForm.js';
import type { Recipe } from '../latent/recipe.js';
import { psnr } from '../losses/mse.js';
import type { ModelSummary } from '../workbench/api.js';
import { createFolder, writeOutput } from './files.js';
import { pictureBytes } from './pictureOutput.js';

/** All that is known of a finished inversion. */
export interface InversionResult {
  readonly model: ModelSummary;
  readonly source: { readonly file: string; readonly width: number; readonly height: number; readonly crop: Crop };
  readonly state: InversionState;
  readonly best: InversionBest;
  readonly recipe: Recipe;
  /** [imgChannels, resolution, resolution] */
  readonly target: Float32Array;
  /** What the recipe shows, likewise. */
  readonly picture: Float32Array;
  readonly gauge: DomainGauge;
  readonly secondsPerStep: number;
}

/**
 * Writes `inverted.png`, which carries the recipe, `target.png`, `w.npy`, `recipe.json` and `report.json`, each as a whole.
 * @throws GanvasError `output-unwritable`, `output-failed`
 */
export async function writeInversion(folder: string, result: InversionResult): Promise<void> {
  const { model, recipe, target, picture, best } = result;
  const { imgChannels, resolution, wDim } = model;
  const shape = [imgChannels, resolution, resolution] as const;
  const layers = best.w.length / wDim;
  const files: Readonly<Record<string, Uint8Array | string>> = {
    'inverted.png': pictureBytes(picture, shape, recipe),
    'target.png': pictureBytes(target, shape, null),
    'w.npy': writeNpy(layers === 1 ? [1, wDim] : [1, layers, wDim], best.w),
    'recipe.json': `${serializeRecipe(recipe)}\n`,
    'report.json': `${JSON.stringify(reportOf(result), null, 2)}\n`,
  };
  await createFolder(folder);
  for (const [name, content] of Object.entries(files)) await writeOutput(join(folder, name), content);
}

/** What a script may want to know. Losses and psnr of the curve are those of the run, with its noise maps and ramps. */
function reportOf({ model, source, state, best, target, picture, gauge, secondsPerStep }: InversionResult): unknown {
  return {
    version: 1,
    model: { name: model.name, hash: model.hash },
    picture: source,
    settings: state.settings,
    perceptual: state.perceptual,
    steps: state.step,
    secondsPerStep,
    best: { start: best.start, step: best.step, loss: best.loss, psnr: best.psnr },
    psnr: psnr(meanSquare(picture, target)),
    gauge,
    curve: state.curve.map(({ step, loss, psnr }) => ({ step, loss: loss[0], psnr: psnr[0] })),
  };
}

function meanSquare(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + (value - (b[index] ?? 0)) ** 2, 0) / a.length;
}
