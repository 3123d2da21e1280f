import { designedConfig, designedShapes, type StyleGan3Design } from '../../bench/stylegan3Design.js';
import { StyleGan3 } from '../../src/models/stylegan3.js';
import { RandomWeights, unitDeviation } from './randomWeights.js';

/** A windowed sinc of six lobes' width, as the reference's, but off its centre: a filter turned wrongly shows. Sum 1. */
function lowPass(shape: readonly number[]): Float32Array {
  const [count = 1] = shape;
  const row = Array.from({ length: count }, (_, index) => {
    const place = index - (count - 1) / 2;
    const angle = (Math.PI * (place - 0.2) * 6) / count;
    return (Math.sin(angle) / angle) * (1 + Math.cos((2 * Math.PI * place) / (count + 1)));
  });
  const taps = shape.length === 1 ? row : row.flatMap((down) => row.map((across) => down * across));
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return Float32Array.from(taps, (tap) => tap / sum);
}

const identity = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

/**
 * A network of true shapes and random numbers, whose pictures are of about unit size.
 * @param transform [3, 3] as the file stores it
 */
export function randomStyleGan3(design: StyleGan3Design, transform: Float32Array<ArrayBuffer> = identity): StyleGan3 {
  const shapes = designedShapes(design);
  const weights = new RandomWeights(Object.fromEntries(shapes), unitDeviation);
  for (const [name, shape] of shapes) {
    if (/(up|down)_filter$/.test(name)) weights.set(name, shape, lowPass(shape));
    if (/magnitude_ema$/.test(name)) weights.set(name, shape, Float32Array.of(0.8));
    if (/\.L\d+_.*affine\.bias$/.test(name))
      weights.set(
        name,
        shape,
        weights.of(name).map((value) => value + 1),
      );
  }
  weights.set('synthesis.input.affine.bias', [4], Float32Array.of(1, 0.2, 0.1, -0.05));
  weights.set('synthesis.input.transform', [3, 3], transform);
  return new StyleGan3(designedConfig(design), weights);
}
