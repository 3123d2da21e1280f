/** Everything that `npm run evaluate` measures, on one set of samples. */
import { sampleScored } from '../../src/discovery/scoredSamples.js';
import type { Engine } from '../../src/engine/engine.js';
import type { MethodMeasures, ModelMeasures } from '../../src/metrics/methodMeasures.js';
import { compareMethods } from '../../src/metrics/methodComparison.js';
import { measureModel } from '../../src/metrics/modelMeasures.js';
import type { PictureDistance } from '../../src/metrics/pathLength.js';
import { DirectionMeter } from '../../src/metrics/rescoring.js';
import type { AttributePredictor } from '../../src/models/attributePredictor.js';
import { comparedModel } from '../../src/workbench/comparedModel.js';
import type { OpenedCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { boundarySection, fitBoundaries, type BoundarySection } from './boundaries.js';
import { conditioningSection, type ConditioningRow } from './conditioning.js';
import { axisSection, rankSection, type AxisRow, type RankRow } from './ranks.js';
import { evaluatedFactors, movedPictures, type EvaluationOptions, type EvaluationSetting } from './setting.js';
import { unitSection, type UnitRow, type UnitTools } from './units.js';

export interface EvaluationRequest {
  readonly engine: Engine;
  readonly opened: OpenedCheckpoint;
  readonly predictor: AttributePredictor;
  readonly distance: PictureDistance | null;
  /** Dissects the model on so many pictures, and ablates on so many. */
  readonly units: (
    sampling: { readonly samples: number; readonly ablated: number; readonly seed: number },
    onProgress: (label: string) => void,
  ) => Promise<UnitTools>;
  readonly options: EvaluationOptions;
  readonly onProgress: (label: string) => void;
}

export interface Evaluation {
  readonly model: string;
  readonly modelHash: string;
  readonly adapter: string;
  readonly options: EvaluationOptions;
  /** Pictures that directions were moved on, and that were dissected. */
  readonly moved: number;
  readonly dissected: number;
  readonly minutes: number;
  readonly boundaries: BoundarySection;
  readonly conditioning: readonly ConditioningRow[];
  readonly ranks: readonly RankRow[];
  readonly axes: readonly AxisRow[];
  readonly units: readonly UnitRow[];
  readonly methods: readonly MethodMeasures[];
  readonly measures: ModelMeasures;
}

/** @throws GanvasError of all that is measured */
export async function evaluate(request: EvaluationRequest): Promise<Evaluation> {
  const { engine, opened, predictor, options, onProgress } = request;
  const begun = performance.now();
  const { seed } = options;
  const samples = await sampleScored(engine, opened.generator, predictor, {
    count: options.samples,
    seed,
    class: null,
    psi: 1,
    onProgress: (done, total) => onProgress(`Scoring pictures, ${Math.floor((100 * done) / total)} %`),
  });
  onProgress('Fitting boundaries');
  const boundaries = fitBoundaries(samples, opened, seed);
  const moved = movedPictures(samples.count);
  const openMeter = (pictures: number): Promise<DirectionMeter> =>
    DirectionMeter.open(engine, opened.generator, predictor, { samples: pictures, seed });
  const meter = await openMeter(moved);
  const layerMeter = await openMeter(Math.ceil(moved / 3));
  try {
    const setting = { engine, opened, predictor, options, samples, meter, layerMeter, boundaries, onProgress };
    const sections = {
      boundaries: boundarySection(setting),
      conditioning: await conditioningSection(setting),
      ranks: await rankSection(setting),
      axes: await axisSection(setting),
      ...(await comparison(request, setting)),
    };
    const sampling = { samples: Math.min(1000, moved * 4), ablated: moved, seed };
    const units = await unitSection(await request.units(sampling, onProgress), onProgress);
    return {
      ...sections,
      units,
      dissected: sampling.samples,
      model: opened.summary.name,
      modelHash: opened.summary.hash,
      adapter: adapterName(engine),
      options,
      moved,
      minutes: (performance.now() - begun) / 60_000,
    };
  } finally {
    meter.dispose();
    layerMeter.dispose();
  }
}

async function comparison(
  { distance }: EvaluationRequest,
  { engine, opened, predictor, samples, options, onProgress }: EvaluationSetting,
): Promise<Pick<Evaluation, 'methods' | 'measures'>> {
  const common = { attributes: evaluatedFactors, seed: options.seed, class: null, onProgress };
  const pictures = Math.ceil(movedPictures(samples.count) / 3);
  const methods = await compareMethods(engine, comparedModel(opened), predictor, samples, {
    ...common,
    pictures,
    onMethod: () => undefined,
  });
  const ways = Math.min(1000, Math.ceil(samples.count / 10));
  return { methods, measures: await measureModel(engine, opened.generator, samples, { ...common, distance, ways }) };
}

function adapterName({ adapter: { vendor, architecture, description, software } }: Engine): string {
  const name = [vendor, architecture, description].filter((part) => part !== '').join(' · ');
  return software ? `${name} (software)` : name;
}
