import type { Checkpoint } from '../checkpoint.js';
import { noGenerator } from '../generatorChoice.js';
import { inertGlobalNames } from '../pickle/interpretation.js';
import { countTensors, readNetworks } from './networks.js';
import type { TorchContent } from './storages.js';

/**
 * The checkpoint that a pickled object amounts to.
 * @throws GanvasError `checkpoint-no-generator` when no network is in it, and what `readNetworks` throws.
 */
export function checkpointOf(format: Checkpoint['format'], { object, lookup }: TorchContent): Checkpoint {
  const inertGlobals = inertGlobalNames(object.globals);
  const networks = readNetworks(object.value, lookup);
  if (networks.length === 0) throw noGenerator({ networks, inertGlobals, tensorCount: countTensors(object) });
  return { format, networks, metadata: {}, inertGlobals };
}
