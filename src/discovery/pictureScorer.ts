/** Pictures scored where they are made: W+ goes in, attributes come out, no picture leaves the GPU. */
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { at } from '../engine/shape.js';
import { constantTensor, inputTensor, type Tensor } from '../engine/tensor.js';
import { checkPredictorFits, type AttributePredictor } from '../models/attributePredictor.js';
import type { Generator } from '../models/generator.js';
import { pictureBatch } from '../models/pictureBatch.js';
import { resize } from '../ops/resample.js';

/** Pictures that are made and scored at a time; more would keep what is drawn meanwhile waiting, and a cancel. */
export const scoringBatch = (engine: Engine, generator: Generator): number => pictureBatch(engine, generator, 16);

/**
 * Scores [N, attributes] of W+ [N, numWs, wDim], with constant noise; pictures of another size than the predictor's are
 * resized to it by area, as the rest of the field does before a classifier.
 * @param psi decides the statistics of generators that have several sets (BigGAN); W+ is truncated already
 */
export function scoresOf(generator: Generator, predictor: AttributePredictor, ws: Tensor, psi: number): Tensor {
  const statistics = generator.statisticsOf(psi);
  const img = generator.synthesis(ws, {
    noise: 'const',
    ...(statistics === null ? {} : { statistics: constantTensor('statistics', [statistics.length], statistics) }),
  });
  const size = predictor.resolution ?? at(img.shape, 2);
  return predictor.scores(at(img.shape, 2) === size ? img : resize(img, [size, size], { mode: 'area' }));
}

export interface ScoringOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A compiled way from W+ to scores, for callers that score time and again. */
export class PictureScorer {
  private constructor(
    private readonly program: Program,
    private readonly generator: Generator,
    readonly attributes: readonly string[],
    /** Rows that go through at a time. */
    readonly batch: number,
  ) {}

  /**
   * @param psi see `scoresOf`
   * @throws GanvasError `predictor-mismatch`, and of `Engine.compile`
   */
  static async compile(
    engine: Engine,
    generator: Generator,
    predictor: AttributePredictor,
    psi = 1,
  ): Promise<PictureScorer> {
    checkPredictorFits(predictor, generator);
    const batch = scoringBatch(engine, generator);
    const shape = [batch, generator.numWs, generator.wDim];
    const program = await engine.compile(
      ({ ws = inputTensor('ws', shape) }) => ({ scores: scoresOf(generator, predictor, ws, psi) }),
      { ws: shape },
      { label: 'scores of pictures' },
    );
    return new PictureScorer(program, generator, predictor.attributes, batch);
  }

  /**
   * @param ws [N, numWs, wDim], any N
   * @returns [N, attributes]
   * @throws GanvasError `latent-length` when `ws` is no whole number of rows, `cancelled`, `device-lost`
   */
  async scores(ws: Float32Array, { signal, onProgress }: ScoringOptions = {}): Promise<Float32Array<ArrayBuffer>> {
    const size = this.generator.numWs * this.generator.wDim;
    const count = checkedRows(ws, size);
    const width = this.attributes.length;
    const scores = new Float32Array(count * width);
    for (let first = 0; first < count; first += this.batch) {
      throwIfCancelled(signal);
      const rows = Math.min(this.batch, count - first);
      const input = new Float32Array(this.batch * size);
      input.set(ws.subarray(first * size, (first + rows) * size));
      this.program.run({ ws: input });
      scores.set((await this.program.read('scores')).subarray(0, rows * width), first * width);
      onProgress?.(first + rows, count);
    }
    return scores;
  }

  dispose(): void {
    this.program.dispose();
  }
}

/**
 * Scores of given W+ rows.
 * @param ws [N, numWs, wDim], truncated already
 * @returns [N, attributes]
 * @throws GanvasError as `PictureScorer`
 */
export async function scorePictures(
  engine: Engine,
  generator: Generator,
  predictor: AttributePredictor,
  ws: Float32Array<ArrayBuffer>,
  options: ScoringOptions & { readonly psi?: number } = {},
): Promise<Float32Array<ArrayBuffer>> {
  const scorer = await PictureScorer.compile(engine, generator, predictor, options.psi);
  try {
    return await scorer.scores(ws, options);
  } finally {
    scorer.dispose();
  }
}

/** @throws GanvasError `cancelled` */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new GanvasError('cancelled', 'Scoring pictures was cancelled.');
}

function checkedRows(ws: Float32Array, size: number): number {
  if (ws.length % size === 0) return ws.length / size;
  throw new GanvasError(
    'latent-length',
    `${ws.length} numbers of W+ were given, and a picture of this model takes ${size}. Expected whole rows.`,
    { given: ws.length, needed: size },
  );
}
