import { at } from '../engine/shape.js';
import { addRow, checkBothSides, type Hyperplane, type LabelledCodes } from './labelledCodes.js';

/**
 * The difference of the two means; the plane lies half way. Under noisy labels it is nearer to the truth than a boundary
 * that minds the samples at the edge, and it is the vector arithmetic of DCGAN (Radford et al. 2016, §6.3.2).
 * @throws GanvasError `labels-one-sided`, `too-few-labels`
 */
export function fitMeanDifference(data: LabelledCodes): Hyperplane {
  checkBothSides(data);
  const { codes, dim, rows, labels } = data;
  const means = [new Float64Array(dim), new Float64Array(dim)] as const;
  const counts = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const side = at(labels, i) > 0 ? 0 : 1;
    addRow(means[side], codes, dim, at(rows, i), 1);
    counts[side] = at(counts, side) + 1;
  }
  means.forEach((mean, side) => mean.forEach((sum, k) => (mean[k] = sum / at(counts, side))));
  const [positive, negative] = means;
  const normal = positive.map((value, k) => value - at(negative, k));
  const middle = normal.reduce((sum, value, k) => sum + (value * (at(positive, k) + at(negative, k))) / 2, 0);
  return { normal, intercept: -middle };
}
