import type { UpdateRecord } from '../engine/update.js';
import { adamUpdate } from './adam.js';
import { clampStateUpdate } from './clampState.js';
import { renormaliseUpdate } from './renormalise.js';
import { sgdUpdate } from './sgd.js';

/** Every kernel that changes a program's inputs in place. */
export const updates: readonly Pick<UpdateRecord, 'name'>[] = [
  adamUpdate,
  clampStateUpdate,
  renormaliseUpdate,
  sgdUpdate,
];
