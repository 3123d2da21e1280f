import { extname, join } from 'node:path';
import { writeNpy } from '../checkpoints/npy.js';
import { serializeRecipe } from '../latent/recipeForm.js';
import type { Recipe } from '../latent/recipe.js';
import { encodePng, recipeKeyword } from '../workbench/png.js';
import { toPixels } from '../workbench/pixels.js';
import { usageError } from './arguments.js';
import { checkOutputFile, checkOutputFolder, createFolder, writeOutput } from './files.js';

/** A float picture, [channels, height, width], and what made it. */
export interface Picture {
  readonly image: Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly recipe: Recipe;
  /** Name in a folder, without its ending: `seed0000`. */
  readonly name: string;
}

/** Where pictures go. `finish` writes what only the last one completes. */
export interface PictureOutput {
  add(picture: Picture): Promise<void>;
  finish(): Promise<void>;
}

/** More than a typed array or a `.npy` reader takes in one piece. */
const MOST_NPY_BYTES = 2 ** 31;

/**
 * `x.png` for one picture, `x.npy` for all of them as one float32 array, otherwise a folder of PNG files. Fails early
 * when the place cannot be written.
 * @param folders false for commands that make one picture
 * @throws GanvasError `usage`, `output-unwritable`
 */
export async function pictureOutput(path: string, count: number, folders: boolean): Promise<PictureOutput> {
  const ending = extname(path).toLowerCase();
  if (ending === '.png') {
    if (count !== 1)
      throw usageError(`--out ${path} holds one picture, and ${count} were asked for. Give a folder or x.npy.`);
    await checkOutputFile(path);
    return { add: (picture) => writeOutput(path, pngOf(picture)), finish: () => Promise.resolve() };
  }
  if (ending === '.npy') {
    await checkOutputFile(path);
    return npyOutput(path, count);
  }
  if (!folders || /^\.(jpe?g|webp|gif|bmp|tiff?|npz|safetensors|json)$/.test(ending)) {
    throw usageError(`--out is ${JSON.stringify(path)}. Expected ${folders ? 'a folder, ' : ''}x.png or x.npy.`);
  }
  await checkOutputFolder(path);
  return {
    add: async (picture) => {
      await createFolder(path);
      await writeOutput(join(path, `${picture.name}.png`), pngOf(picture));
    },
    finish: () => Promise.resolve(),
  };
}

function npyOutput(path: string, count: number): PictureOutput {
  let all: Float32Array | null = null;
  let shape: readonly number[] = [];
  let filled = 0;
  return {
    add: ({ image, shape: pictureShape }) => {
      all ??= allocate(path, count, image.length);
      shape = [count, ...pictureShape];
      all.set(image, filled);
      filled += image.length;
      return Promise.resolve();
    },
    finish: () => writeOutput(path, writeNpy(shape, all ?? new Float32Array(0))),
  };
}

function allocate(path: string, count: number, size: number): Float32Array {
  const bytes = count * size * Float32Array.BYTES_PER_ELEMENT;
  if (bytes <= MOST_NPY_BYTES) return new Float32Array(count * size);
  throw usageError(
    `--out ${path} would take ${bytes} bytes, and at most ${MOST_NPY_BYTES} go into one file. Ask for fewer pictures.`,
  );
}

const pngOf = ({ image, shape, recipe }: Picture): Uint8Array => pictureBytes(image, shape, recipe);

/** A PNG of 8-bit RGB, as NVIDIA's `generate.py` saves it, with the recipe if there is one. */
export function pictureBytes(
  image: Float32Array,
  [channels, height, width]: Picture['shape'],
  recipe: Recipe | null,
): Uint8Array {
  const { data } = toPixels(image, channels, height, width);
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) rgb.set(data.subarray(pixel * 4, pixel * 4 + 3), pixel * 3);
  return encodePng({ width, height, data: rgb }, recipe === null ? {} : { [recipeKeyword]: serializeRecipe(recipe) });
}
