/** What is read off moved pictures: attributes, or how much the picture itself has changed. */
import { PictureScorer, type ScoringOptions } from '../discovery/scoredSamples.js';
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { constantTensor, inputTensor, type Tensor } from '../engine/tensor.js';
import { l1 } from '../losses/l1.js';
import type { AttributePredictor } from '../models/attributePredictor.js';
import type { Generator } from '../models/generator.js';
import { pictureBatch } from '../models/pictureBatch.js';

export interface PictureResponse {
  /** What the columns are; empty for the picture's own change, which is one column. */
  readonly attributes: readonly string[];
  /** W+ of the samples, moved [N, numWs, wDim] → readings, row by row. */
  read(ws: Float32Array<ArrayBuffer>, options: ScoringOptions): Promise<Float32Array>;
  dispose(): void;
}

/** The predictor's scores where there is one, else the mean absolute difference to the unmoved pictures. */
export async function pictureResponse(
  engine: Engine,
  generator: Generator,
  predictor: AttributePredictor | null,
  unmoved: Float32Array<ArrayBuffer>,
): Promise<PictureResponse> {
  if (predictor === null) return PictureChange.compile(engine, generator, unmoved);
  const scorer = await PictureScorer.compile(engine, generator, predictor);
  return {
    attributes: predictor.attributes,
    read: (ws, options) => scorer.scores(ws, options),
    dispose: () => scorer.dispose(),
  };
}

class PictureChange implements PictureResponse {
  readonly attributes = [];

  private constructor(
    private readonly program: Program,
    private readonly unmoved: Float32Array,
    private readonly rowSize: number,
    private readonly batch: number,
  ) {}

  static async compile(engine: Engine, generator: Generator, unmoved: Float32Array): Promise<PictureChange> {
    const { numWs, wDim } = generator;
    const batch = pictureBatch(engine, generator, 4);
    const shape = [batch, numWs, wDim];
    const statistics = generator.statisticsOf(1);
    const picture = (ws: Tensor): Tensor =>
      generator.synthesis(ws, {
        noise: 'const',
        ...(statistics === null ? {} : { statistics: constantTensor('statistics', [statistics.length], statistics) }),
      });
    const program = await engine.compile(
      ({ a = inputTensor('a', shape), b = inputTensor('b', shape) }) => ({ change: l1(picture(a), picture(b)) }),
      { a: shape, b: shape },
      { label: 'change of pictures' },
    );
    return new PictureChange(program, unmoved, numWs * wDim, batch);
  }

  async read(ws: Float32Array<ArrayBuffer>, { signal, onProgress }: ScoringOptions): Promise<Float32Array> {
    const count = ws.length / this.rowSize;
    const changes = new Float32Array(count);
    for (let first = 0; first < count; first += this.batch) {
      if (signal?.aborted === true) throw new GanvasError('cancelled', 'Comparing pictures was cancelled.');
      const rows = Math.min(this.batch, count - first);
      this.program.run({ a: this.rows(this.unmoved, first, rows), b: this.rows(ws, first, rows) });
      changes.set((await this.program.read('change')).subarray(0, rows), first);
      onProgress?.(first + rows, count);
    }
    return changes;
  }

  dispose(): void {
    this.program.dispose();
  }

  private rows(ws: Float32Array, first: number, rows: number): Float32Array<ArrayBuffer> {
    const input = new Float32Array(this.batch * this.rowSize);
    input.set(ws.subarray(first * this.rowSize, (first + rows) * this.rowSize));
    return input;
  }
}
