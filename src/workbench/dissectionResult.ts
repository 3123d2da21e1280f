import type { Dissection } from '../discovery/dissection.js';
import { bestOfUnits, unitsOfConcept } from '../discovery/dissectionSummary.js';
import type { DissectionResult } from './dissectionApi.js';

/** Units that are listed of each concept. */
const mostListed = 32;

/** A dissection as the faces show it. */
export function dissectionResult(dissection: Dissection): DissectionResult {
  const { concepts } = dissection;
  return {
    concepts,
    best: bestOfUnits(dissection),
    byConcept: Object.fromEntries(
      concepts.map((concept) => [concept, unitsOfConcept(dissection, concept, mostListed)]),
    ),
  };
}
