import { at, sizeOf } from '../engine/shape.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import type { Generator } from '../models/generator.js';
import { add } from '../ops/binary.js';
import { broadcastTo } from '../ops/broadcastTo.js';
import { matmul } from '../ops/matmul.js';
import { reshape } from '../ops/reshape.js';
import { classLabels } from '../models/classLabels.js';
import type { InversionRequest } from './inversionRequest.js';
import type { InversionSettings } from './inversionSettings.js';
import type { LatentDomain } from './latentDomain.js';

/** True when the optimised numbers are w itself, neither z nor whitened. */
export function latentsAreW({ space, coordinates }: InversionSettings): boolean {
  return space !== 'z' && coordinates === 'plain';
}

export function isWhitened({ space, coordinates }: InversionSettings): boolean {
  return space !== 'z' && coordinates === 'whitened';
}

/** The w of the optimised numbers, [rows, wDim] or [rows, numWs, wDim]; that of z is not truncated. */
export function wOfLatents({ settings, generator, domain }: InversionRequest, latents: Tensor): Tensor {
  if (settings.space === 'z') {
    return generator.mapping(latents, classLabels(generator, settings.class, at(latents.shape, 0)));
  }
  return isWhitened(settings) ? coloured(latents, domain) : latents;
}

/** mean + u · factorᵀ, the inverse of `LatentDomain.whiten`. */
function coloured(latents: Tensor, { statistics: { mean }, whiteningFactor }: LatentDomain): Tensor {
  const wDim = mean.length;
  const factor = constantTensor('whitening factor', [wDim, wDim], whiteningFactor);
  const flat = reshape(latents, [sizeOf(latents.shape) / wDim, wDim]);
  const offset = matmul(flat, factor, { transposeA: false, transposeB: true });
  return reshape(add(offset, constantTensor('mean w', [wDim], mean)), latents.shape);
}

/** One w for all layers becomes W+. */
export function everyLayer({ numWs, wDim }: Generator, w: Tensor): Tensor {
  if (w.shape.length === 3) return w;
  const rows = at(w.shape, 0);
  return broadcastTo(reshape(w, [rows, 1, wDim]), [rows, numWs, wDim]);
}
