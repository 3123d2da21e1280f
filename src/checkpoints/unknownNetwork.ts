import { GanvasError } from '../engine/errors.js';
import { formatShape } from '../engine/shape.js';
import type { StoredNetwork } from './checkpoint.js';
import { nearestFamily } from './nearestFamily.js';
import { tensorTree } from './tensorTree.js';

const describeIt =
  'If you know its layers, describe them in a layers.json (docs/layers-json.md) and give it with the file.';

/**
 * Says of a network that is of no known family what it is most like and where it departs from that. `details.tree` shows
 * its tensors, a line each.
 */
export function unknownNetwork(network: StoredNetwork): GanvasError {
  const name = network.className === null ? 'This network' : `This network (${network.className})`;
  const nearest = nearestFamily(network);
  const likeness =
    nearest === null
      ? `It is like none of them: it has ${exampleOf(network)}.`
      : `It comes closest to ${nearest.title}: ${nearest.found} of ${nearest.telling} telling tensors are there. The first difference: ${nearest.firstDifference}.`;
  return new GanvasError(
    'unsupported-architecture',
    `${name} is no generator that ganvas knows. ${likeness} ${describeIt}`,
    {
      key: nearest?.key ?? [...network.tensors.keys()][0] ?? '',
      tensors: network.tensors.size,
      nearest: nearest?.title ?? '',
      firstDifference: nearest?.firstDifference ?? '',
      tree: tensorTree(network).join('\n'),
    },
  );
}

function exampleOf({ tensors }: StoredNetwork): string {
  const [first] = tensors;
  if (first === undefined) return 'no tensors';
  const [name, { shape }] = first;
  return `${tensors.size === 1 ? 'a tensor' : `${tensors.size} tensors, such as`} \`${name}\` ${formatShape(shape)}`;
}
