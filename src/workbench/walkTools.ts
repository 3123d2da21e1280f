/** What walks need; loaded when the first one is asked for. */
export { seedDirection } from './seedDirection.js';
export { latentsOfSeeds, randomPath, recipeOnTheWay, walkPath } from './walkPath.js';
