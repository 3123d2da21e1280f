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

/** Keeps the size of activations through ReLUs (He et al. 2015). */
export const heNormal = (inputs: number): number => Math.sqrt(2 / inputs);
/** As StyleGAN2 stores weights, which it scales when it uses them. */
export const unitDeviation = (): number => 1;

/** A network's weights by name: random numbers of true shapes. */
export class RandomWeights implements Weights {
  readonly count = 0;
  private readonly tensors = new Map<string, Tensor>();
  private readonly numbers = new Map<string, Float32Array>();

  /**
   * @param shapes of everything that is there
   * @param deviation of weights of two axes or more, by the numbers that go into each output; biases have about 0.06
   */
  constructor(shapes: Readonly<Record<string, readonly number[]>>, deviation: (inputs: number) => number) {
    Object.entries(shapes).forEach(([name, shape], seed) => {
      const [outputs = 1, ...inputs] = shape;
      const fan = inputs.reduce((product, extent) => product * extent, 1);
      const size = inputs.length > 0 ? deviation(fan) * Math.sqrt(3) : 0.1;
      const values = uniform(outputs * fan, seed).map((value) => value * size);
      this.set(name, shape, values);
    });
  }

  /** Gives a name other values. */
  set(name: string, shape: readonly number[], values: Float32Array): void {
    this.numbers.set(name, values);
    this.tensors.set(name, parameterTensor({ name, shape, load: () => values }));
  }

  names(): string[] {
    return [...this.tensors.keys()];
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
