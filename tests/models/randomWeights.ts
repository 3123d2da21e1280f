import { parameterTensor, type Tensor } from '../../src/engine/tensor.js';
import type { Weights } from '../../src/models/weights.js';

/** Uniform numbers in −1…1 (a linear congruential generator: quick, and good enough for weights). */
function uniform(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** A network's weights by name: random numbers of true shapes, scaled so that activations keep their size. */
export class RandomWeights implements Weights {
  readonly count = 0;
  private readonly tensors = new Map<string, Tensor>();
  private readonly numbers = new Map<string, Float32Array>();

  /** @param shapes of everything that is there; weights of two axes or more are scaled by `gain / √(inputs)` */
  constructor(shapes: Readonly<Record<string, readonly number[]>>, gain: number) {
    Object.entries(shapes).forEach(([name, shape], seed) => {
      const [outputs = 1, ...inputs] = shape;
      const fan = inputs.reduce((product, extent) => product * extent, 1);
      const size = inputs.length > 0 ? gain * Math.sqrt(3 / fan) : 0.1;
      const values = uniform(outputs * fan, seed).map((value) => value * size);
      this.set(name, shape, values);
    });
  }

  /** Gives a name other values. */
  set(name: string, shape: readonly number[], values: Float32Array): void {
    this.numbers.set(name, values);
    this.tensors.set(name, parameterTensor({ name, shape, load: () => values }));
  }

  find(name: string): Tensor | null {
    return this.tensors.get(name) ?? null;
  }

  get(name: string): Tensor {
    const tensor = this.find(name);
    if (tensor === null) throw new Error(`The test has no weight ${name}.`);
    return tensor;
  }

  /** The numbers of a weight. */
  of(name: string): Float32Array {
    const values = this.numbers.get(name);
    if (values === undefined) throw new Error(`The test has no weight ${name}.`);
    return values;
  }
}
