import type { StoredNetwork } from '../checkpoints/checkpoint.js';
import { elementCount } from '../checkpoints/storedTensor.js';

/** A network of a file by what it holds; scripts rely on these names. */
export interface NetworkSizes {
  readonly name: string;
  readonly className: string | null;
  readonly tensors: number;
  readonly numbers: number;
}

export function networkSizes({ name, className, tensors }: StoredNetwork): NetworkSizes {
  let numbers = 0;
  for (const { shape } of tensors.values()) numbers += elementCount(shape);
  return { name, className, tensors: tensors.size, numbers };
}

/** "G_ema (Generator): 75 tensors, 190 020 numbers" */
export function describeNetwork({ name, className, tensors, numbers }: NetworkSizes): string {
  const title = name === '' ? 'the state dict' : name;
  const type = className === null ? '' : ` (${className})`;
  return `${title}${type}: ${tensors} tensors, ${grouped(numbers)} numbers`;
}

/** Digits in threes. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US').replaceAll(',', ' ');
}
