import { GanvasError } from '../../engine/errors.js';
import { referenceOf } from '../../latent/directionReference.js';
import { formatLayerRange, layersActedOn, parseLayerRange } from '../../latent/layerRange.js';
import { MAX_SEED } from '../../latent/randomState.js';
import type { Recipe } from '../../latent/recipe.js';
import { conditionsField } from '../../latent/recipeForm.js';
import type { ModelSummary } from '../../workbench/api.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError, type Arguments } from '../arguments.js';
import type { Command } from '../command.js';
import { readDirection } from '../directionInput.js';
import { readModel } from '../model.js';
import { pictureOutput } from '../pictureOutput.js';
import { readRecipe } from '../recipeInput.js';
import { renderPictures } from '../renderPictures.js';
import { readRenderSettings, recipeOf, RENDER_OPTIONS, type RenderSettings } from '../renderSettings.js';

const EDIT_OPTIONS = ['seed', 'direction', 'strength', 'layers', 'condition', 'anyway', ...Object.keys(RENDER_OPTIONS)];

/** `ganvas edit` */
export const edit: Command = {
  name: 'edit',
  summary: 'Make an edited picture, from a recipe or along one direction.',
  operands: ['CHECKPOINT'],
  usage: '--recipe r.json | --seed N --direction dirs.safetensors#3 --strength 2 [options]  --out x.png|x.npy',
  options: {
    recipe: {
      value: 'r.json',
      help: 'Recipe: a JSON file, a PNG saved by ganvas, or a link of the editor ("…#r1=…").',
    },
    seed: { value: 'N', help: 'Seed of the picture to edit.' },
    direction: {
      value: 'dirs.safetensors#3',
      help: 'A direction of a file, counted from 0: of `discover`, InterFaceGAN or HiGAN (.npy), GANSpace (.npz) or a factor.pt.',
    },
    strength: { value: '2', help: 'How far to go, in the direction’s unit; negative goes the other way.' },
    condition: {
      value: 'dirs.safetensors#4',
      help: 'A direction whose attribute stays as it is: what the edit shares with it is projected out.',
      repeats: true,
    },
    anyway: { value: null, help: 'Take directions that were found on another model.' },
    layers: { value: '0-3', help: 'Layers of W+ to edit (default those of the direction).' },
    ...RENDER_OPTIONS,
    ...CHECKPOINT_OPTIONS,
    out: { value: 'x.png|x.npy', help: 'One PNG, or float32 [1, C, H, W] in the generator’s range.' },
  },
  notes: ['A recipe says everything about its picture, so it goes with no other option than --out.'],
  examples: [
    'ganvas edit face64 --seed 3 --direction dirs.safetensors#0 --strength 2 --layers 0-3 --out edited.png',
    'ganvas edit face64 --seed 3 --direction smile.npy --strength 2 --condition age.npy --condition yaw.npy --out smile.png',
    'ganvas edit face64 --recipe edited.png --out again.png',
  ],
  usesGpu: true,

  async run(args, terminal) {
    const request = readRequest(args);
    const out = args.requiredText('out', 'x.png or x.npy');
    const output = await pictureOutput(out, 1, false);
    const model = await readModel(args, terminal);
    const recipe = await recipeFor(request, model.opened.summary);
    await renderPictures(model, [{ recipe, name: out }], output, terminal);
  },
};

type EditRequest =
  | { readonly recipe: string }
  | {
      readonly seed: number;
      readonly direction: string;
      readonly strength: number;
      readonly layers: string | null;
      readonly conditions: readonly string[];
      readonly anyway: boolean;
      readonly settings: RenderSettings;
    };

function readRequest(args: Arguments): EditRequest {
  const recipe = args.text('recipe');
  if (recipe !== null) {
    const other = EDIT_OPTIONS.find((name) => args.has(name));
    if (other !== undefined) throw usageError(`--recipe and --${other} exclude one another. Give one of them.`);
    return { recipe };
  }
  if (!args.has('seed')) throw usageError('Nothing says which picture. Expected --recipe r.json, or --seed N.');
  const direction = args.requiredText('direction', 'dirs.safetensors#3');
  args.requiredText('strength', 'a finite number, such as 2');
  return {
    seed: args.whole('seed', 0, MAX_SEED) ?? 0,
    direction,
    strength: args.finite('strength') ?? 0,
    layers: args.text('layers'),
    conditions: args.texts('condition'),
    anyway: args.has('anyway'),
    settings: readRenderSettings(args),
  };
}

async function recipeFor(request: EditRequest, model: ModelSummary): Promise<Recipe> {
  if ('recipe' in request) return checkedModel(await readRecipe(request.recipe), model);
  const { seed, strength, anyway, settings } = request;
  const direction = await readDirection('--direction', request.direction, model, anyway);
  const conditions = await Promise.all(
    request.conditions.map(async (text) => {
      const condition = await readDirection('--condition', text, model, anyway);
      return { name: condition.name, direction: referenceOf(condition, model.hash, model.numWs) };
    }),
  );
  const layers = request.layers ?? layersActedOn(direction, model.numWs);
  return {
    ...recipeOf({ space: 'z', seed }, settings, model),
    edits: [
      {
        name: direction.name,
        direction: referenceOf(direction, model.hash, model.numWs),
        strength,
        layers: formatLayerRange(parseLayerRange(layers, model.numWs), model.numWs),
        muted: false,
        ...conditionsField(conditions),
      },
    ],
  };
}

function checkedModel(recipe: Recipe, { hash, name }: ModelSummary): Recipe {
  if (recipe.model === hash) return recipe;
  throw new GanvasError(
    'recipe-other-model',
    `The recipe belongs to the model ${recipe.model.slice(0, 12)}…, and ${name} is ${hash.slice(0, 12)}…. Give the checkpoint it was made with.`,
    { wanted: recipe.model, found: hash },
  );
}
