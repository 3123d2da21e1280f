/**
 * Features stored as halves between convolutions, in half the memory; a generator's large maps are bound by it. Everything is
 * still computed in f32: kernels widen what they load and round what they store. NVIDIA's networks keep sums of halves from
 * overflowing by scaling weights and styles first (stylegan2-ada-pytorch training/networks.py: modulated_conv2d, torch_utils/ops:
 * conv_clamp); here sums are f32, styles are multiplied in after loading, and what is stored is demodulated. What exceeds the
 * largest half all the same is stored as that.
 */
import type { GraphPass } from '../engine/fusion.js';
import { matchOp, rewriteGraph, topologicalOrder } from '../engine/graph.js';
import type { Tensor } from '../engine/tensor.js';
import { fusedConv2dOp } from './fusedConv2d.js';
import { fusedResampledConv2dOp } from './fusedResampledConv2d.js';
import { fusedToRgbOp } from './fusedToRgb.js';
import type { StorageType } from './storageType.js';
import { tileOf } from './convMethod.js';

/** Needs the device feature `shader-f16`. */
export const halveActivations: GraphPass = (outputs) => {
  const halved = halvable(outputs);
  const stored = (tensor: Tensor): StorageType => (halved.has(tensor) ? 'f16' : 'f32');
  return rewriteGraph(outputs, (rebuilt, original) => {
    if (original.source.kind !== 'op') return rebuilt;
    const [picture] = original.source.inputs;
    const source = picture === undefined ? 'f32' : stored(picture);
    const result = stored(original);
    return source === 'f32' && result === 'f32' ? rebuilt : withStorage(rebuilt, source, result);
  }).outputs;
};

/** Results of convolutions that nothing reads but kernels that take halves. */
function halvable(outputs: readonly Tensor[]): Set<Tensor> {
  const halved = new Set<Tensor>();
  const order = topologicalOrder(outputs);
  for (const tensor of order) if (givesHalves(tensor)) halved.add(tensor);
  for (const output of outputs) halved.delete(output);
  for (const reader of order) {
    if (reader.source.kind !== 'op') continue;
    const takes = givesHalves(reader) || matchOp(reader, fusedToRgbOp) !== null;
    reader.source.inputs.forEach((input, index) => {
      if (!takes || index > 0) halved.delete(input);
    });
  }
  return halved;
}

/** Convolutions by minimal filtering; they take halves as well. */
function givesHalves(tensor: Tensor): boolean {
  const convolution = matchOp(tensor, fusedConv2dOp);
  if (convolution !== null) return tileOf(convolution.attributes.method) !== null;
  return matchOp(tensor, fusedResampledConv2dOp) !== null;
}

function withStorage(tensor: Tensor, source: StorageType, result: StorageType): Tensor {
  if (tensor.source.kind !== 'op') return tensor;
  const storage = matchOp(tensor, fusedToRgbOp) === null ? { source, result } : { source };
  return {
    ...tensor,
    dtype: result,
    source: { ...tensor.source, attributes: { ...tensor.source.attributes, ...storage } },
  };
}
