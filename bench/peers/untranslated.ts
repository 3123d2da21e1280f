import { GanvasError } from '../../src/engine/errors.js';
import type { OpTensor } from '../../src/engine/graph.js';

/** An op that a peer's translation leaves out. */
export function notTranslated(peer: string, { source, shape }: OpTensor): GanvasError {
  return new GanvasError(
    'peer-untranslated',
    `${source.op.name} ${JSON.stringify(source.attributes)} of shape [${shape.join(', ')}] has no translation for ${peer}. Add one in bench/peers, or time another graph.`,
    { op: source.op.name },
  );
}
