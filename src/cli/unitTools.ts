/** The bundled model dissected, as the evaluation looks at it. */
import type { UnitTools } from '../../bench/evaluation/units.js';
import { readCheckpoint } from '../checkpoints/open.js';
import { recogniseSegmenter } from '../checkpoints/segmenterFile.js';
import { measureUnits } from '../discovery/ablation.js';
import { segmenterConcepts } from '../discovery/conceptReader.js';
import { dissect } from '../discovery/dissection.js';
import { bestLayerOf, unitsOfConcept } from '../discovery/dissectionSummary.js';
import type { Engine } from '../engine/engine.js';
import type { Generator } from '../models/generator.js';
import { readBundledFile } from './checkpointSource.js';

const bundled = 'face64/face64-segmenter.safetensors';

/** @throws GanvasError of the readers, of `dissect` and of `measureUnits` */
export async function unitTools(
  engine: Engine,
  generator: Generator,
  { samples, ablated, seed }: { readonly samples: number; readonly ablated: number; readonly seed: number },
  onProgress: (label: string) => void,
): Promise<UnitTools> {
  const segmenter = recogniseSegmenter(readCheckpoint(await readBundledFile(bundled), bundled), null);
  const concepts = segmenterConcepts(segmenter, generator);
  const sampling = { seed, class: null };
  const found = await dissect(
    engine,
    generator,
    concepts,
    { ...sampling, samples, layers: [] },
    { onProgress: (done, total) => onProgress(`Dissecting, ${Math.floor((100 * done) / total)} %`) },
  );
  return {
    samples,
    unitsOf: (part, most, layer) => unitsOfConcept(found, part, most, layer),
    layerOf: (part, count) => bestLayerOf(found, part, count)?.layer.name ?? null,
    ablate: async (layer, units) => {
      const change = { ...sampling, samples: ablated, layer, units, values: units.map(() => 0) };
      const changes = await measureUnits(engine, generator, concepts, change);
      return changes.map(({ concept, before, areaChange }) => ({ part: concept, before, areaChange }));
    },
  };
}
