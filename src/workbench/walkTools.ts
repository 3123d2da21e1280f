/** What walks need; loaded when the first one is asked for. */
export { seedDirection } from './seedDirection.js';
export { randomPath, recipeOnTheWay, walkPath } from './walkPath.js';
