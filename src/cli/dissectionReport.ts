import type { CausalReport } from '../discovery/causalSearch.js';
import type { ConceptChange } from '../discovery/ablation.js';
import type { Dissection } from '../discovery/dissection.js';
import { bestOfUnits, isReported, unitsOfConcept } from '../discovery/dissectionSummary.js';
import type { UnitAgreement } from '../discovery/unitAgreement.js';

/** Everything that `ganvas dissect` has found. */
export interface DissectionReport {
  readonly model: string;
  readonly modelHash: string;
  readonly seed: number;
  readonly dissection: Dissection;
  readonly ablation: AblationReport | null;
  readonly causal: (CausalReport & { readonly concept: string; readonly layer: string }) | null;
}

export interface AblationReport {
  readonly concept: string;
  readonly layer: string;
  readonly units: readonly number[];
  readonly samples: number;
  readonly changes: readonly ConceptChange[];
}

/** Units that are listed of each concept: in the report, and in the table. */
const mostListed = 32;
const inTable = 3;
/** Units that the paper keeps of a causal search. */
const causesInTable = 20;

export function reportAsJson(report: DissectionReport): string {
  const { model, modelHash, seed, dissection, ablation, causal } = report;
  const { concepts, samples, areas, layers } = dissection;
  const best = bestOfUnits(dissection);
  return `${JSON.stringify(
    {
      model,
      modelHash,
      samples,
      seed,
      layers: layers.map(({ layer }) => ({
        ...layer,
        reported: best.filter((unit) => unit.layer === layer.name && isReported(unit)).length,
      })),
      concepts: concepts.map((concept, index) => ({
        concept,
        area: areas[index] ?? 0,
        units: unitsOfConcept(dissection, concept, mostListed),
      })),
      best,
      ...(ablation === null ? {} : { ablation }),
      ...(causal === null ? {} : { causal: { ...causal, alphas: [...causal.alphas] } }),
    },
    null,
    2,
  )}\n`;
}

/** A row for every unit, with the concept that it agrees with best. */
export function reportAsCsv({ dissection }: DissectionReport): string {
  const rows = bestOfUnits(dissection).map((unit) => {
    const { layer, concept, iou, informationQualityRatio, threshold } = unit;
    const numbers = [iou, informationQualityRatio, threshold].map((value) => value.toPrecision(6));
    return [quoted(layer), unit.unit, quoted(concept), ...numbers, isReported(unit) ? 1 : 0].join(',');
  });
  return `${['layer,unit,concept,iou,informationQualityRatio,threshold,reported', ...rows].join('\n')}\n`;
}

/** RFC 4180: what holds a comma, a quote or a line's end is quoted. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** For people: the best units of every concept, then what was measured with them. */
export function reportAsText({ dissection, ablation, causal }: DissectionReport): string {
  const best = bestOfUnits(dissection);
  const lines = [
    `${best.filter(isReported).length} of ${best.length} units agree with a concept (IoU above .05, IQR above .01), over ${dissection.samples} samples.`,
    '',
    ...table([
      ['concept', 'area', 'best units'],
      ...dissection.concepts.map((concept, index) => [
        concept,
        percent(dissection.areas[index] ?? 0),
        unitsOfConcept(dissection, concept, inTable).map(unitText).join('  '),
      ]),
    ]),
  ];
  if (ablation !== null) lines.push('', ...ablationLines(ablation));
  if (causal !== null) lines.push('', ...causalLines(causal));
  return lines.join('\n');
}

const unitText = ({ layer, unit, iou }: UnitAgreement): string => `${layer}#${unit} ${iou.toFixed(2)}`;

function ablationLines({ concept, layer, units, samples, changes }: AblationReport): string[] {
  return [
    `Without units ${units.join(', ')} of ${layer}, the best for ${concept}, over ${samples} samples:`,
    '',
    ...table([
      ['concept', 'before', 'after', 'change'],
      ...changes.map((change) => [
        change.concept,
        percent(change.before),
        percent(change.after),
        percent(change.areaChange),
      ]),
    ]),
  ];
}

function causalLines({ concept, layer, loss, alphas }: NonNullable<DissectionReport['causal']>): string[] {
  const ranked = [...alphas.entries()].sort(([, a], [, b]) => b - a).slice(0, causesInTable);
  return [
    `Units of ${layer} that make ${concept}, by α (loss ${loss.toFixed(3)}):`,
    ranked.map(([unit, alpha]) => `${unit} ${alpha.toFixed(2)}`).join('  '),
  ];
}

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

/** Columns as wide as their widest cell; the last as it is. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
