/** What a direction does to pictures, measured by moving samples along it. */
import type { Engine } from '../engine/engine.js';
import type { Direction } from '../latent/direction.js';
import { formatLayerRange } from '../latent/layerRange.js';
import type { AttributePredictor } from '../models/attributePredictor.js';
import type { Generator } from '../models/generator.js';
import type { DirectionMeasures } from './directionMeasures.js';
import { proposedRange } from './layerProposal.js';
import { MovedLatents } from './movedLatents.js';
import { pictureResponse, type PictureResponse } from './pictureResponse.js';
import { changesPerUnit, rescoringScores } from './sideEffect.js';
import { tableOf, type Table } from './table.js';

export interface MeterRequest {
  /** Pictures to move; HiGAN takes 2000. */
  readonly samples: number;
  /** Of their z, drawn as `sampleScored` draws them. */
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class?: number | null;
  readonly signal?: AbortSignal;
}

export interface MeasuringOptions {
  /** How far to move, in the direction's own unit; HiGAN moves by 2. */
  readonly strength?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
}

const usualStrength = 2;

/** A set of samples that directions are measured on, one after the other. */
export class DirectionMeter {
  private constructor(
    private readonly generator: Generator,
    private readonly latents: MovedLatents,
    private readonly response: PictureResponse,
    /** Readings of the samples as they are. */
    readonly before: Table,
  ) {}

  /** @throws GanvasError `invalid-samples`, `predictor-mismatch`, `class-missing`, `cancelled`, and of `Engine.compile` */
  static async open(
    engine: Engine,
    generator: Generator,
    predictor: AttributePredictor | null,
    { samples, seed, class: label = null, signal }: MeterRequest,
  ): Promise<DirectionMeter> {
    const latents = await MovedLatents.draw(engine, generator, { samples, seed, class: label });
    try {
      const unmoved = latents.unmoved();
      const response = await pictureResponse(engine, generator, predictor, unmoved);
      const before = await response.read(unmoved, signalled(signal)).catch((error: unknown) => {
        response.dispose();
        throw error;
      });
      return new DirectionMeter(generator, latents, response, tableOf(before, before.length / samples));
    } catch (error) {
      latents.dispose();
      throw error;
    }
  }

  get attributes(): readonly string[] {
    return this.response.attributes;
  }

  /**
   * Readings of the moved samples: [samples, attributes], or [samples, 1] of the picture's change without a predictor.
   * @param layers to apply it to; null for those that it acts on by itself
   * @throws GanvasError `direction-length`, `cancelled`
   */
  async after(
    direction: Direction,
    strength: number,
    layers: readonly number[] | null,
    signal?: AbortSignal,
  ): Promise<Table> {
    const ws = await this.latents.moved(direction, strength, layers);
    return tableOf(await this.response.read(ws, signalled(signal)), this.before.columns);
  }

  /** Signed change of every attribute per unit of strength, in the attributes' standard deviations. */
  async changes(direction: Direction, { strength = usualStrength, signal }: MeasuringOptions = {}): Promise<number[]> {
    return changesPerUnit(this.before, await this.after(direction, strength, null, signal), strength);
  }

  /** HiGAN's re-scoring of every attribute, in the predictor's own units. */
  async rescore(direction: Direction, { strength = usualStrength, signal }: MeasuringOptions = {}): Promise<number[]> {
    return rescoringScores(this.before, await this.after(direction, strength, null, signal));
  }

  /**
   * All of it: what changes per unit, and which layers carry the change, one layer of W+ moved at a time.
   * @throws GanvasError `direction-length`, `cancelled`
   */
  async measure(direction: Direction, options: MeasuringOptions = {}): Promise<DirectionMeasures> {
    const { strength = usualStrength, signal, onProgress } = options;
    const { numWs } = this.generator;
    const progressed = (steps: number): void => onProgress?.(steps / (numWs + 1));
    const perUnit = await this.changes(direction, { strength, ...signalled(signal) });
    progressed(1);
    const most = indexOfLargest(perUnit.map(Math.abs));
    const sign = (perUnit[most] ?? 0) < 0 ? -1 : 1;
    const scores: number[] = [];
    for (let layer = 0; layer < numWs; layer++) {
      // Towards more of the attribute, so that one that the direction takes away is scored too.
      const towards = this.attributes.length === 0 ? strength : sign * strength;
      const after = await this.after(direction, towards, [layer], signal);
      scores.push(rescoringScores(this.before, after)[most] ?? 0);
      progressed(layer + 2);
    }
    const largest = Math.max(...scores);
    return {
      attributes: this.attributes
        .map((attribute, index) => ({ attribute, perUnit: perUnit[index] ?? 0 }))
        .sort((a, b) => Math.abs(b.perUnit) - Math.abs(a.perUnit)),
      layerScores: scores.map((score) => (largest > 0 ? score / largest : 0)),
      proposedLayers: formatLayerRange(proposedRange(scores), numWs),
    };
  }

  dispose(): void {
    this.latents.dispose();
    this.response.dispose();
  }
}

/**
 * Measures one direction on samples of its own; see `DirectionMeter` for many.
 * @param predictor null: layers are scored by how much the picture changes
 * @throws GanvasError as `DirectionMeter`
 */
export async function rescore(
  engine: Engine,
  generator: Generator,
  predictor: AttributePredictor | null,
  direction: Direction,
  request: MeterRequest & MeasuringOptions,
): Promise<DirectionMeasures> {
  const meter = await DirectionMeter.open(engine, generator, predictor, request);
  try {
    return await meter.measure(direction, request);
  } finally {
    meter.dispose();
  }
}

function indexOfLargest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? -Infinity) ? index : best), 0);
}

function signalled(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
