import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import { at, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import type { Generator } from '../models/generator.js';
import { add } from '../ops/binary.js';
import { resize } from '../ops/resample.js';
import { RandomState } from '../latent/randomState.js';
import type { NoiseMode } from '../latent/recipe.js';
import { synthesisWithFeatures } from '../models/featureLayers.js';
import { unitInterventions, unitShapes, type UnitSlots } from './frameUnits.js';

/** A frame's numbers: everything that a slider can change is an input, so that a step only writes and submits. */
export interface FrameInputs {
  /** Base latent before truncation, [numWs, wDim]. */
  readonly w: Float32Array<ArrayBuffer>;
  /** [numWs] */
  readonly psi: Float32Array<ArrayBuffer>;
  /** Added after truncation, [numWs, wDim]. */
  readonly offset: Float32Array<ArrayBuffer>;
  /** [3, 3], for generators that take a transform. */
  readonly transform?: Float32Array<ArrayBuffer>;
  /** Weights of the stored statistics, for generators that have several sets. */
  readonly statistics?: Float32Array<ArrayBuffer>;
  /** Changes of units, as `unitInputs` gives them; those of the frame's own room. */
  readonly units?: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
}

/** What a frame is compiled for. */
export interface FrameForm {
  readonly noise: NoiseMode;
  /** Pixels a side. */
  readonly size: number;
  readonly units: readonly UnitSlots[];
}

/** The compiled way from W+ to the picture, for one noise mode, size and room for changes of units. */
export class FrameProgram {
  private noiseSeed: number | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly cleaners: (() => void)[] = [];

  private constructor(
    readonly program: Program,
    private readonly generator: Generator,
    private readonly noiseMode: NoiseMode,
  ) {}

  static async compile(
    engine: Engine,
    generator: Generator,
    form: FrameForm,
    label: string,
    onProgress?: (done: number, total: number) => void,
  ): Promise<FrameProgram> {
    const shapes = { ...inputShapes(generator), ...unitShapes(form.units) };
    if (form.noise === 'random') {
      for (const { layer, resolution } of generator.noiseMaps)
        shapes[noiseInput(layer)] = [1, 1, resolution, resolution];
    }
    const program = await engine.compile(
      (inputs) => ({ img: sized(trace(generator, inputs, form), form.size) }),
      shapes,
      {
        label,
        ...(onProgress === undefined ? {} : { onProgress }),
      },
    );
    return new FrameProgram(program, generator, form.noise);
  }

  /** Queues a frame's numbers. Random noise is drawn anew only when its seed changes. */
  write({ units = {}, ...inputs }: FrameInputs, noiseSeed: number): void {
    for (const [name, values] of Object.entries<Float32Array<ArrayBuffer>>({ ...inputs, ...units })) {
      this.program.write(name, values);
    }
    if (this.noiseMode !== 'random' || noiseSeed === this.noiseSeed) return;
    const random = new RandomState(noiseSeed);
    for (const { layer, resolution } of this.generator.noiseMaps) {
      this.program.write(noiseInput(layer), Float32Array.from(random.randn(resolution * resolution)));
    }
    this.noiseSeed = noiseSeed;
  }

  /** Renders and reads back one picture, [C, H, W]. Calls wait for each other. */
  render(inputs: FrameInputs, noiseSeed: number): Promise<Float32Array<ArrayBuffer>> {
    const result = this.queue.then(async () => {
      this.write(inputs, noiseSeed);
      this.program.run();
      return this.program.read('img');
    });
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** Calls `clean` when the program goes, for what was made on top of its buffers. */
  whenDisposed(clean: () => void): void {
    this.cleaners.push(clean);
  }

  /** Lets go of the buffers once pictures under way have been read. */
  dispose(): void {
    void this.queue.then(() => {
      for (const clean of this.cleaners) clean();
      this.program.dispose();
    });
  }
}

function inputShapes(generator: Generator): Record<string, Shape> {
  const { numWs, wDim, takesTransform } = generator;
  const statistics = generator.statisticsOf(1);
  return {
    w: [1, numWs, wDim],
    psi: [numWs],
    offset: [1, numWs, wDim],
    ...(takesTransform ? { transform: [3, 3] } : {}),
    ...(statistics === null ? {} : { statistics: [statistics.length] }),
  };
}

/** Smaller pictures are made small on the GPU, so that no more than they hold is read back. */
function sized(img: Tensor, size: number): Tensor {
  return at(img.shape, 2) === size ? img : resize(img, [size, size], { mode: 'area' });
}

const noiseInput = (layer: string): string => `noise ${layer}`;

function trace(
  generator: Generator,
  inputs: Readonly<Record<string, Tensor>>,
  { noise: noiseMode, units }: FrameForm,
): Tensor {
  const named = (name: string): Tensor => {
    const tensor = inputs[name];
    if (tensor === undefined) throw new RangeError(`internal: no input ${name}`);
    return tensor;
  };
  const ws = add(generator.truncate(named('w'), named('psi')), named('offset'));
  const noise =
    noiseMode === 'random'
      ? new Map(generator.noiseMaps.map(({ layer }) => [layer, named(noiseInput(layer))]))
      : noiseMode;
  const { transform, statistics } = inputs;
  const options = {
    noise,
    ...(transform === undefined ? {} : { transform }),
    ...(statistics === undefined ? {} : { statistics }),
  };
  if (units.length === 0) return generator.synthesis(ws, options);
  return synthesisWithFeatures(generator, ws, options, unitInterventions(units, named)).img;
}

/** Repeats one w [wDim] for every layer. */
export function repeatRows(row: Float32Array, rows: number): Float32Array<ArrayBuffer> {
  const repeated = new Float32Array(row.length * rows);
  for (let index = 0; index < repeated.length; index++) repeated[index] = at(row, index % row.length);
  return repeated;
}
