/** Which units make which part of the picture, and what is left without them. */

/** Parts that are asked about, by the segmenter's names. */
export const evaluatedParts = ['glasses', 'hair', 'beard', 'mouth', 'background'] as const;

/** Units that are zeroed together. */
export const ablatedUnits = 5;

export interface UnitFigure {
  readonly layer: string;
  readonly unit: number;
  /** 0…1 */
  readonly iou: number;
}

export interface PartChange {
  readonly part: string;
  /** Part of all pixels before; and its change over that, −1 when nothing is left. */
  readonly before: number;
  readonly areaChange: number;
}

/** Dissection, as the evaluation needs it. */
export interface UnitTools {
  /** Pictures that are looked at. */
  readonly samples: number;
  /** The units of a part, highest IoU first: of all layers, or of one. */
  unitsOf(part: string, most: number, layer: string | null): readonly UnitFigure[];
  /** The layer whose first units agree with a part best. */
  layerOf(part: string, count: number): string | null;
  /** What zeroing units does to every part. */
  ablate(layer: string, units: readonly number[]): Promise<readonly PartChange[]>;
}

export interface UnitRow {
  readonly part: string;
  /** Over all layers. */
  readonly best: readonly UnitFigure[];
  readonly ablation: {
    readonly layer: string;
    readonly units: readonly number[];
    readonly areaChange: number;
    /** The part that changes most beside it. */
    readonly others: { readonly part: string; readonly areaChange: number };
  } | null;
}

export async function unitSection(tools: UnitTools, onProgress: (label: string) => void): Promise<UnitRow[]> {
  const rows: UnitRow[] = [];
  for (const part of evaluatedParts) {
    onProgress(`Ablating ${part}`);
    const best = tools.unitsOf(part, ablatedUnits, null);
    rows.push({ part, best, ablation: await ablationOf(tools, part) });
  }
  return rows;
}

async function ablationOf(tools: UnitTools, part: string): Promise<UnitRow['ablation']> {
  const layer = tools.layerOf(part, ablatedUnits);
  if (layer === null) return null;
  const units = tools.unitsOf(part, ablatedUnits, layer).map(({ unit }) => unit);
  const changes = await tools.ablate(layer, units);
  const others = changes
    .filter((change) => change.part !== part && change.before > 0)
    .sort((a, b) => Math.abs(b.areaChange) - Math.abs(a.areaChange));
  const own = changes.find((change) => change.part === part);
  return { layer, units, areaChange: own?.areaChange ?? NaN, others: others[0] ?? { part: '', areaChange: 0 } };
}
