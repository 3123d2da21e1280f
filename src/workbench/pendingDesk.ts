import { GanvasError } from '../engine/errors.js';

/** Holds the place of a desk until it is built. */
export function pendingDesk<T extends object>(name: string): T {
  return new Proxy({} as T, {
    get: () => () => Promise.reject(new GanvasError('pending', `${name} is not there yet.`)),
  });
}
