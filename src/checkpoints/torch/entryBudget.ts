import { GanvasError } from '../../engine/errors.js';
import { settingsBudget } from '../pickle/plainValues.js';

/** Real files have some thousand entries and are 8 deep at most; a hostile one can nest or share without end. */
const MOST_ENTRIES = 200_000;
const DEEPEST = 64;

/** Bounds the work of walking a pickled object, which may share its parts or contain itself. */
export class EntryBudget {
  /** For the settings that are read on the way. */
  readonly settings = settingsBudget();
  #spent = 0;

  /** @throws GanvasError `checkpoint-too-complex`; `network` is named in it. */
  spend(entries: number, depth: number, network: string): void {
    this.#spent += entries;
    if (this.#spent <= MOST_ENTRIES && depth <= DEEPEST) return;
    throw new GanvasError(
      'checkpoint-too-complex',
      `Network ${JSON.stringify(network)} takes the file beyond ${MOST_ENTRIES} entries or ${DEEPEST} levels of ` +
        'nesting. It is damaged or not a checkpoint.',
      { network },
    );
  }
}
