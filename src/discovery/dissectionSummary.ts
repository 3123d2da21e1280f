import { at } from '../engine/shape.js';
import { conceptIndex, type Dissection, type LayerDissection } from './dissection.js';
import { reportedAgreement, type UnitAgreement } from './unitAgreement.js';

/** What one unit of a layer has to do with a concept, by its index. */
export function agreementOf(
  { layer, agreements }: LayerDissection,
  concepts: readonly string[],
  unit: number,
  concept: number,
): UnitAgreement {
  const cell = unit * concepts.length + concept;
  return {
    layer: layer.name,
    unit,
    concept: at(concepts, concept),
    iou: at(agreements.iou, cell),
    threshold: at(agreements.threshold, cell),
    informationQualityRatio: at(agreements.informationQualityRatio, cell),
  };
}

/** The best concept of every unit of every layer, highest IoU first. */
export function bestOfUnits({ concepts, layers }: Dissection): UnitAgreement[] {
  return layers
    .flatMap((layer) =>
      Array.from({ length: layer.layer.channels }, (_, unit) =>
        concepts
          .map((_, concept) => agreementOf(layer, concepts, unit, concept))
          .reduce((best, next) => (next.iou > best.iou ? next : best)),
      ),
    )
    .sort(byIou);
}

/**
 * The units of a concept over all layers, or of one of them, highest IoU first.
 * @param most how many
 * @throws GanvasError `concept-missing`
 */
export function unitsOfConcept(
  { concepts, layers }: Dissection,
  concept: string,
  most: number,
  layerName: string | null = null,
): UnitAgreement[] {
  const index = conceptIndex(concepts, concept);
  return layers
    .filter(({ layer }) => layerName === null || layer.name === layerName)
    .flatMap((layer) =>
      Array.from({ length: layer.layer.channels }, (_, unit) => agreementOf(layer, concepts, unit, index)),
    )
    .sort(byIou)
    .slice(0, most);
}

/**
 * The layer whose first `count` units agree best with a concept, by the mean of their IoU: where to change it.
 * @throws GanvasError `concept-missing`
 */
export function bestLayerOf(dissection: Dissection, concept: string, count: number): LayerDissection | null {
  const ranked = dissection.layers.map((layer) => {
    const units = unitsOfConcept(dissection, concept, count, layer.layer.name);
    return { layer, mean: units.reduce((sum, { iou }) => sum + iou, 0) / count };
  });
  return (
    ranked.reduce<(typeof ranked)[number] | null>(
      (best, next) => (best === null || next.mean > best.mean ? next : best),
      null,
    )?.layer ?? null
  );
}

/** Whether a unit is a detector of its concept, by the thresholds of the paper. */
export function isReported({ iou, informationQualityRatio }: UnitAgreement): boolean {
  return iou > reportedAgreement.iou && informationQualityRatio > reportedAgreement.informationQualityRatio;
}

function byIou(a: UnitAgreement, b: UnitAgreement): number {
  return b.iou - a.iou;
}
