import type { StoredNetwork } from './checkpoint.js';
import { translateNetwork, type TensorOrigin } from './translatedNetwork.js';

const prefix = 'module.';

/** A network saved out of torch.nn.DataParallel, which calls everything `module.…`, under its own names; others as they are. */
export function withoutDataParallel(network: StoredNetwork): StoredNetwork {
  const names = [...network.tensors.keys()];
  if (names.length === 0 || !names.every((name) => name.startsWith(prefix))) return network;
  const renamed = translateNetwork(
    network,
    new Map(names.map((name): [string, TensorOrigin] => [withoutPrefix(name), { from: name }])),
  );
  // Whole modules bring settings along, under the same names.
  const attributes = new Map([...network.attributes].map(([name, value]) => [withoutPrefix(name), value]));
  return { ...renamed, attributes };
}

const withoutPrefix = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
