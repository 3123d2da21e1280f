import type { Tool } from '../rail.js';
import { defineParts, type Parts } from './defineParts.js';

/** Tools that an editor shows only when they are chosen: their parts are downloaded then. */
const modules: Readonly<Partial<Record<Tool, () => Promise<{ readonly parts: Parts }>>>> = {
  walk: () => import('./walkParts.js'),
  directions: () => import('./directionsParts.js'),
  invert: () => import('./invertParts.js'),
  units: () => import('./unitsParts.js'),
  measure: () => import('./measureParts.js'),
};

/** Resolves once the parts of a tool are defined; those in the page come to life with the properties they were given. */
export async function loadParts(tool: Tool): Promise<void> {
  const load = modules[tool];
  if (load !== undefined) defineParts((await load()).parts);
}
