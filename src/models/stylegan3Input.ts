import { at } from '../engine/shape.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import { add, div, mul } from '../ops/binary.js';
import { broadcastTo } from '../ops/broadcastTo.js';
import { concat } from '../ops/concat.js';
import { conv2d } from '../ops/conv2d.js';
import { matmul } from '../ops/matmul.js';
import { reduceSum } from '../ops/reduce.js';
import { reshape } from '../ops/reshape.js';
import { sliceAxis } from '../ops/slice.js';
import { affine, clamp, scale, square, unary } from '../ops/unary.js';

export interface FourierSettings {
  /** Side of the map in samples, margins included. */
  readonly size: number;
  /** Samples a picture's side. */
  readonly samplingRate: number;
  /** Frequencies up to this, in cycles a picture's side, are not damped. */
  readonly bandwidth: number;
}

export interface FourierWeights {
  /** [C, C]. */
  readonly weight: Tensor;
  /** [C, 2], x and y, in cycles a picture's side. */
  readonly freqs: Tensor;
  /** [C], in turns. */
  readonly phases: Tensor;
}

/**
 * Fourier features of a moved picture plane (Karras et al. 2021, §3.2; stylegan3 training/networks_stylegan3.py:
 * SynthesisInput.forward).
 * @param pose [N, 4]: cosine and sine of the rotation, and the shift, all four before division by the length of the
 *   first two
 * @param transform [3, 3]: applied before the pose; maps a point of the picture to where it is in the network's own frame
 * @returns [N, C, size, size]
 */
export function fourierFeatures(
  pose: Tensor,
  transform: Tensor,
  { weight, freqs, phases }: FourierWeights,
  { size, samplingRate, bandwidth }: FourierSettings,
): Tensor {
  const [n, channels] = [at(pose.shape, 0), at(freqs.shape, 0)];
  const moved = movedFrequencies(freqs, placement(pose, transform));
  const frequencies = sliceAxis(moved, 2, 0, 2);
  const turns = add(reshape(phases, [channels, 1]), sliceAxis(moved, 2, 2, 1));
  const length = unary('sqrt', reduceSum(square(frequencies), [2]));
  const range = samplingRate / 2 - bandwidth;
  const amplitudes = clamp(affine(length, -1 / range, 1 + bandwidth / range), 0, 1);

  const plane = (values: Tensor): Tensor => reshape(values, [n, channels, 1, 1]);
  const grid = sampleCentres(size, samplingRate);
  const alongX = mul(plane(sliceAxis(frequencies, 2, 0, 1)), reshape(grid, [1, size]));
  const alongY = mul(plane(sliceAxis(frequencies, 2, 1, 1)), reshape(grid, [size, 1]));
  const waves = unary('sinTurns', add(add(alongX, alongY), plane(turns)));
  const mixing = scale(reshape(weight, [channels, channels, 1, 1]), 1 / Math.sqrt(channels));
  return conv2d(mul(waves, plane(amplitudes)), mixing);
}

/**
 * Moves the picture that `stored` places: a point goes through `given` first, and where that puts it through `stored`.
 * Both are [3, 3].
 */
export function composed(stored: Tensor, given: Tensor | undefined): Tensor {
  return given === undefined ? stored : matmul(stored, given);
}

/** Where samples lie, as torch's affine_grid with align_corners=False: the picture's side is from −0.5 to 0.5. */
function sampleCentres(size: number, samplingRate: number): Tensor {
  const centres = Array.from({ length: size }, (_, index) => (index + 0.5 - size / 2) / samplingRate);
  return constantTensor('sample centres', [size], centres);
}

/** The two upper rows, [N, 2, 3], of rotation × translation × transform. */
function placement(pose: Tensor, transform: Tensor): Tensor {
  const n = at(pose.shape, 0);
  const norm = unary('sqrt', reduceSum(square(sliceAxis(pose, 1, 0, 2)), [1]));
  const unit = div(pose, norm);
  const rotation = reshape(matmul(sliceAxis(unit, 1, 0, 2), rotationEntries), [n, 2, 2]);
  const shift = scale(matmul(rotation, reshape(sliceAxis(unit, 1, 2, 2), [n, 2, 1])), -1);
  const rows = reshape(concat([rotation, shift], 2), [2 * n, 3]);
  return reshape(matmul(rows, transform), [n, 2, 3]);
}

/** [cos, sin] × this = [cos, −sin, sin, cos]. */
const rotationEntries = constantTensor('rotation entries', [2, 4], [1, 0, 0, 1, 0, -1, 1, 0]);

/** freqs [C, 2] × placement [N, 2, 3] → [N, C, 3]: new frequencies, and how far they shift the phase. */
function movedFrequencies(freqs: Tensor, placement: Tensor): Tensor {
  const n = at(placement.shape, 0);
  return matmul(broadcastTo(reshape(freqs, [1, ...freqs.shape]), [n, ...freqs.shape]), placement);
}
