import { readNpy } from '../checkpoints/npy.js';
import { readTensor } from '../checkpoints/storedTensor.js';
import { GanvasError } from '../engine/errors.js';
import type { RecipeLatent } from '../latent/recipe.js';
import { usageError } from './arguments.js';
import { readInput } from './files.js';

interface LatentSizes {
  readonly zDim: number;
  readonly wDim: number;
  readonly numWs: number;
}

/**
 * Reads latents from a `.npy` file: `[N, zDim]` for z; `[N, wDim]` or `[N, numWs, wDim]` for w.
 * @throws GanvasError `usage` for another shape or a number that is not finite; `npy-*`, `numpy-*`
 */
export async function readLatents(
  path: string,
  space: 'z' | 'w',
  sizes: LatentSizes,
): Promise<readonly RecipeLatent[]> {
  const { shape, values } = await readArray(path);
  const { zDim, wDim, numWs } = sizes;
  const [count = 0, ...row] = shape;
  const perLayer = space === 'w' && row.length === 2 && row[0] === numWs && row[1] === wDim;
  const flat = row.length === 1 && row[0] === (space === 'z' ? zDim : wDim);
  if (count < 1 || !(perLayer || flat)) {
    const expected = space === 'z' ? `[N, ${zDim}]` : `[N, ${wDim}] or [N, ${numWs}, ${wDim}]`;
    throw usageError(
      `--${space} ${path} has shape [${shape.join(', ')}]. This model expects ${expected}, N at least 1.`,
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw usageError(`--${space} ${path} holds ${String(values[bad])} at position ${bad}. Expected finite numbers.`);
  }
  const size = values.length / count;
  return Array.from({ length: count }, (_, index) => {
    const numbers = Array.from(values.subarray(index * size, (index + 1) * size));
    if (space === 'z') return { space, values: numbers };
    if (!perLayer) return { space, values: numbers };
    return {
      space: 'w+',
      values: Array.from({ length: numWs }, (_, layer) => numbers.slice(layer * wDim, (layer + 1) * wDim)),
    };
  });
}

async function readArray(path: string): Promise<{ shape: readonly number[]; values: Float32Array }> {
  const bytes = await readInput(path, 'a NumPy array (.npy)');
  try {
    const tensor = readNpy(bytes);
    return { shape: tensor.shape, values: readTensor(tensor) };
  } catch (thrown) {
    // The readers do not know the file's name.
    if (thrown instanceof GanvasError) throw new GanvasError(thrown.code, `${path}: ${thrown.message}`, thrown.details);
    throw thrown;
  }
}
