import { writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import { numbers } from '../ops/numbers.js';

export interface EncoderForm {
  readonly modelHash: string;
  readonly numWs: number;
  readonly wDim: number;
  readonly resolution: number;
}

/** A style encoder of few channels and random weights, as a file; some of it may be replaced. */
export function encoderFile(
  { modelHash, numWs, wDim, resolution }: EncoderForm,
  replaced: {
    readonly tensors?: ReadonlyMap<string, readonly number[]>;
    readonly metadata?: Record<string, string>;
  } = {},
): Uint8Array<ArrayBuffer> {
  const side = resolution / 16;
  const shapes = new Map<string, readonly number[]>([
    ['convs.0.weight', [4, 3, 3, 3]],
    ['convs.1.weight', [5, 4, 3, 3]],
    ['convs.2.weight', [6, 5, 3, 3]],
    ['convs.3.weight', [7, 6, 3, 3]],
    ['fc0.weight', [8, 7 * side * side]],
    ['fc1.weight', [numWs * wDim, 8]],
  ]);
  for (const [name, [outputs = 0]] of [...shapes]) shapes.set(name.replace('weight', 'bias'), [outputs]);
  for (const [name, shape] of replaced.tensors ?? []) shapes.set(name, shape);
  const tensors = new Map<string, TensorToWrite>();
  [...shapes].forEach(([name, shape], seed) => {
    tensors.set(name, { dtype: 'F32', shape, data: numbers(shape, seed) });
  });
  const metadata = { encoder_of: modelHash, encoder_styles: `${numWs},${wDim}` };
  return writeSafetensors(tensors, replaced.metadata ?? metadata);
}
