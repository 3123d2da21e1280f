import { writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import { numbers } from '../ops/numbers.js';

/** Channels of a 32² generator as pytorch/examples names it: z 12, four transposed convolutions. */
const channels = [12, 16, 8, 8, 3];

/** A DCGAN of random numbers, as a safetensors file of its state dict. */
export function dcganFile(): Uint8Array {
  const written = new Map<string, TensorToWrite>();
  const set = (name: string, shape: readonly number[], scale: number, offset = 0): void => {
    const data = Float32Array.from(numbers(shape, written.size + 1), (value) => value * scale + offset);
    written.set(name, { dtype: 'F32', shape, data });
  };
  channels.slice(1).forEach((width, index) => {
    const before = channels[index] ?? 0;
    set(`main.${index * 3}.weight`, [before, width, 4, 4], 1 / Math.sqrt(before));
    if (index === channels.length - 2) return;
    const norm = `main.${index * 3 + 1}`;
    set(`${norm}.weight`, [width], 0.2, 1);
    set(`${norm}.bias`, [width], 0.2);
    set(`${norm}.running_mean`, [width], 0.1);
    set(`${norm}.running_var`, [width], 0.1, 1);
  });
  return writeSafetensors(written);
}
