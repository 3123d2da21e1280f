import { GanvasError } from '../engine/errors.js';
import type { LatentSpace } from './direction.js';

/**
 * @param offered the spaces of the model, `z` always among them
 * @throws GanvasError `latent-space-missing`
 */
export function checkLatentSpace(space: LatentSpace, offered: readonly LatentSpace[]): void {
  if (offered.includes(space)) return;
  const [reason, choices] = offered.includes('w')
    ? ['', `one of ${offered.join(', ')}`]
    : [': it has no mapping network, so z is the only one', 'z'];
  throw new GanvasError('latent-space-missing', `This model has no space ${space}${reason}. Choose ${choices}.`, {
    space,
    offered: offered.join(', '),
  });
}
