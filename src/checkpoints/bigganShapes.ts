/** Names and shapes of the parts that both BigGANs are stored as. */
import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { StoredNetwork } from './checkpoint.js';
import { extentOf, shapeOf } from './networkReading.js';
import { nameInFile } from './translatedNetwork.js';

export interface AttentionPaths {
  readonly theta: string;
  readonly phi: string;
  readonly g: string;
  readonly output: string;
  readonly gamma: string;
}

/** Shapes by name, as they are found to be needed. */
export class NeededShapes {
  readonly shapes = new Map<string, Shape>();

  constructor(private readonly network: StoredNetwork) {}

  set(name: string, shape: Shape): void {
    this.shapes.set(name, shape);
  }

  /** A weight with the vectors of its spectral norm; without, where the norm has been taken out. */
  spectral(path: string, shape: Shape): void {
    if (!isSpectral(this.network, path)) return this.set(`${path}.weight`, shape);
    this.set(`${path}.weight_orig`, shape);
    this.set(`${path}.weight_u`, [at(shape, 0)]);
    this.set(`${path}.weight_v`, [sizeOf(shape.slice(1))]);
  }

  /** A convolution with bias. */
  convolution(path: string, shape: Shape): void {
    this.spectral(path, shape);
    this.set(`${path}.bias`, [at(shape, 0)]);
  }

  /** Attention on `channels` channels; an eighth of them is compared, half of them is gathered. */
  attention({ theta, phi, g, output, gamma }: AttentionPaths, channels: number): void {
    const [compared, gathered] = [Math.floor(channels / 8), Math.floor(channels / 2)];
    this.spectral(theta, [compared, channels, 1, 1]);
    this.spectral(phi, [compared, channels, 1, 1]);
    this.spectral(g, [gathered, channels, 1, 1]);
    this.spectral(output, [channels, gathered, 1, 1]);
    // One number, stored as a scalar by one project and as a vector by the other.
    this.set(gamma, shapeOf(this.network, gamma).length === 0 ? [] : [1]);
  }
}

function isSpectral({ tensors }: StoredNetwork, path: string): boolean {
  return tensors.has(`${path}.weight_orig`);
}

/** Shape of a weight, with or without spectral norm. */
export function weightShape(network: StoredNetwork, path: string): Shape {
  return shapeOf(network, weightName(network, path));
}

/** @throws GanvasError `weights-missing`, `weights-shape` when the weight has no such axis. */
export function weightExtent(network: StoredNetwork, path: string, axis: number): number {
  const name = weightName(network, path);
  return extentOf(nameInFile(network, name), shapeOf(network, name), axis);
}

function weightName(network: StoredNetwork, path: string): string {
  return `${path}.${isSpectral(network, path) ? 'weight_orig' : 'weight'}`;
}
