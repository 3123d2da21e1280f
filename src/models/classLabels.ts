import { constantTensor, type Tensor } from '../engine/tensor.js';
import type { Generator } from './generator.js';

/** One-hot labels [rows, cDim] of a class as a constant; null for a model without classes, or without a class. */
export function classLabels({ cDim }: Generator, label: number | null, rows: number): Tensor | null {
  if (cDim === 0 || label === null) return null;
  return constantTensor(
    'class',
    [rows, cDim],
    Float32Array.from({ length: rows * cDim }, (_, index) => (index % cDim === label ? 1 : 0)),
  );
}
