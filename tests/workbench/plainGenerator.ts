import type { StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { at } from '../../src/engine/shape.js';
import { constantTensor, type Tensor } from '../../src/engine/tensor.js';
import type { Generator, LatentWeight, SynthesisOptions } from '../../src/models/generator.js';
import { add, mul } from '../../src/ops/binary.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { concat } from '../../src/ops/concat.js';
import { matmul } from '../../src/ops/matmul.js';
import { reshape } from '../../src/ops/reshape.js';
import { sliceAxis } from '../../src/ops/slice.js';
import type { OpenedCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { modelSummary } from '../../src/workbench/modelSummary.js';

const [zDim, cDim, numWs, resolution] = [4, 2, 2, 4];
const wDim = zDim + cDim;
const pixels = 3 * resolution * resolution;

/** Numbers of a layer, [wDim, pixels]: what each number of the latent adds to the picture. */
const weightOf = (layer: number): Float32Array =>
  Float32Array.from({ length: wDim * pixels }, (_, index) => Math.sin(index * (layer + 1.7) + 1) * 0.2);

function layerOf(ws: Tensor, layer: number): Tensor {
  return reshape(sliceAxis(ws, 1, layer, 1), [at(ws.shape, 0), wDim]);
}

/**
 * A generator that is a sum: each layer's latent [z, class] times a weight. It has what the StyleGANs lack: z alone, psi
 * that scales z and chooses among three sets of statistics, and a transform, of which it heeds the shift to the right.
 */
export class PlainGenerator implements Generator {
  readonly family = 'biggan-deep';
  readonly latentSpaces = ['z'] as const;
  readonly zDistribution = 'truncated-normal';
  readonly zDim = zDim;
  readonly wDim = wDim;
  readonly cDim = cDim;
  readonly numWs = numWs;
  readonly resolution = resolution;
  readonly imgChannels = 3;
  readonly parameterCount = 2 * wDim * pixels;
  readonly canTruncate: boolean;
  readonly takesTransform: boolean;
  readonly noiseMaps = [];
  readonly wLayers = [0, 1].map((index) => ({ index, names: [`layer${index}`], resolution }));

  /** @param able whether it truncates, moves its picture and has weights for SeFa */
  constructor(private readonly able = true) {
    this.canTruncate = this.takesTransform = able;
  }

  latentWeight(layer: string): LatentWeight | null {
    return this.able ? { name: `${layer}.weight`, latentAxis: 0 } : null;
  }

  statisticsOf(psi: number): Float32Array<ArrayBuffer> {
    const place = psi * 2;
    return Float32Array.from([0, 1, 2], (set) => Math.max(0, 1 - Math.abs(place - set)));
  }

  mapping(z: Tensor, c: Tensor | null): Tensor {
    return c === null ? z : concat([z, c], 1);
  }

  truncate(w: Tensor, psi: Tensor): Tensor {
    const n = at(w.shape, 0);
    const ws = w.shape.length === 2 ? broadcastTo(reshape(w, [n, 1, wDim]), [n, numWs, wDim]) : w;
    const z = mul(sliceAxis(ws, 2, 0, zDim), reshape(psi, [numWs, 1]));
    return concat([z, sliceAxis(ws, 2, zDim, cDim)], 2);
  }

  synthesis(ws: Tensor, { statistics = constantTensor('psi 1', [3], [0, 0, 1]), transform }: SynthesisOptions): Tensor {
    const parts = [0, 1].map((layer) =>
      matmul(layerOf(ws, layer), constantTensor(`layer${layer}`, [wDim, pixels], weightOf(layer))),
    );
    const gain = matmul(reshape(statistics, [1, 3]), constantTensor('gains', [3, 1], [0.5, 1, 1.5]));
    const still = mul(
      parts.reduce((sum, part) => add(sum, part)),
      gain,
    );
    const moved =
      transform === undefined ? still : add(still, reshape(sliceAxis(sliceAxis(transform, 0, 0, 1), 1, 2, 1), [1, 1]));
    return reshape(moved, [at(ws.shape, 0), 3, resolution, resolution]);
  }
}

/** As if it had been read from a file. */
export function openedPlainGenerator(generator: Generator = new PlainGenerator()): OpenedCheckpoint {
  const tensors = new Map<string, StoredTensor>(
    [0, 1].map((layer) => [
      `layer${layer}.weight`,
      {
        dtype: 'f32' as const,
        shape: [wDim, pixels],
        strides: null,
        bytes: new Uint8Array(Float32Array.from(weightOf(layer)).buffer),
      },
    ]),
  );
  const network = { name: '', className: null, initKwargs: {}, attributes: new Map<string, null>(), tensors };
  const recognised = {
    generator,
    tensors,
    origins: new Map(),
    weights: { count: 0, find: () => null, get: () => constantTensor('none', [], [0]) },
    config: {},
    metadata: {},
    hashedText: null,
    notes: [],
  };
  return {
    ...recognised,
    network,
    checkpoint: { format: 'safetensors', networks: [network], metadata: {}, inertGlobals: [] },
    summary: modelSummary(recognised, {
      name: 'plain',
      hash: 'plain-hash',
      network: network.name,
      generators: [network.name],
    }),
  };
}

/** What the generator is to show, computed here: [3, resolution, resolution]. */
export function expectedPicture(
  z: ArrayLike<number>,
  label: number,
  settings: { readonly psi: number; readonly shift: number },
): Float32Array {
  const w = Array.from({ length: wDim }, (_, index) =>
    index < zDim ? at(z, index) * settings.psi : index - zDim === label ? 1 : 0,
  );
  const gain = 0.5 + settings.psi;
  return Float32Array.from({ length: pixels }, (_, pixel) => {
    const sum = [0, 1].reduce((total, layer) => {
      const weight = weightOf(layer);
      return total + w.reduce((part, value, row) => part + value * at(weight, row * pixels + pixel), 0);
    }, 0);
    return sum * gain + settings.shift;
  });
}
