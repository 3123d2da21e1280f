import * as Comlink from 'comlink';
import type { WorkbenchApi } from './api.js';
import { serializeError } from './serializedError.js';
import { Workbench } from './workbench.js';

const workbench = new Workbench(navigator.gpu);

/**
 * Rejections cross to the page as plain records: comlink keeps only the message of an `Error`, and faces need its
 * `code`. Methods are called by name, so that a method added to the workbench is there at once.
 */
const api = rejectingPlainly<WorkbenchApi>(workbench);

function rejectingPlainly<T extends object>(target: T): T {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name);
      // The desks: comlink reaches their methods by path.
      if (typeof member === 'object' && member !== null) return rejectingPlainly(member);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(member, target, args);
        } catch (error) {
          return Promise.reject(rejection(error));
        }
      };
    },
  });
}

/** A rejection that comlink passes by value. */
function rejection(error: unknown): Error {
  return Object.assign(Object.create(null) as Error, serializeError(error));
}

Comlink.expose(api);
