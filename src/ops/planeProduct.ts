import {
  linearWorkgroups,
  singleCall,
  temporary,
  type BindingRole,
  type KernelCall,
  type Lowering,
} from '../engine/kernel.js';
import { sizeOf } from '../engine/shape.js';
import { lanesFor } from './lanes.js';

/** Places, and output channels, that one invocation computes. */
export const productBlock = 8;

/** So few that lanes go to output channels instead; how many of them an invocation of that kernel computes. */
const fewPlaces: Readonly<Record<number, { readonly channels: 4 | 8 }>> = { 4: { channels: 8 }, 16: { channels: 4 } };

export const inBlocks = (count: number): number => Math.ceil(count / productBlock) * productBlock;

/** Places that a product of `count` has room for. */
export const placesFor = (kernel: ProductKernel, count: number): number =>
  kernel === 'registers' && count <= 4 ? 4 : inBlocks(count);

export interface PlaneProduct {
  /** Planes of every sample; shared: all of a sample's planes read the same picture. */
  readonly planes: { readonly samples: number; readonly count: number; readonly shared: boolean };
  readonly inChannels: number;
  readonly outChannels: number;
  /** What `placesFor` gives. */
  readonly places: number;
  /** `style` [samples, inChannels] only for a shared picture. */
  readonly bindings: Readonly<Record<'v' | 'weight' | 'm', BindingRole>> & { readonly style?: BindingRole };
  readonly flops: number;
  /** Whether weights are halves (`halfConvWeight`), and planes a side of the transform that they belong to, or 0. */
  readonly halfWeights: boolean;
  readonly planeSide: number;
}

/**
 * How products are computed: `registers` shares nothing between lanes but the addresses of weights, which suits adapters that
 * compute on the processor; `workgroup` shares both sides in workgroup memory and splits deep sums over few places between
 * workgroups, which suits graphics cards.
 */
export const productKernels = ['registers', 'workgroup'] as const;
export type ProductKernel = (typeof productKernels)[number];

/**
 * m [samples, planes, O in blocks, places] = weight [planes, C, O in blocks] by v [samples, planes or 1, C, places].
 * @param scratch number of the first temporary that it may use
 */
export function lowerPlaneProduct(kernel: ProductKernel, product: PlaneProduct, scratch: number): Lowering {
  return kernel === 'workgroup' ? lowerTiledProduct(product, scratch) : singleCall(registerProductCall(product));
}

function registerProductCall(product: PlaneProduct): KernelCall {
  const { planes, inChannels, outChannels, places, bindings, flops, planeSide } = product;
  const flags = productFlags(product);
  const few = fewPlaces[places];
  if (few !== undefined) {
    const outQuads = inBlocks(outChannels) / 4;
    const parts = inBlocks(outChannels) / few.channels;
    const lanes = lanesFor(parts);
    return {
      shader: 'fewPlacesProduct',
      flags: { ...flags, four: places === 4 },
      constants: { WORKGROUP_SIZE: lanes },
      params: { planes: planes.count, inChannels, outQuads, planeSide },
      bindings: { ...bindings },
      workgroups: [Math.ceil(parts / lanes), planes.samples * planes.count, 1],
      flops,
    };
  }
  const lanes = lanesFor(places / productBlock);
  return {
    shader: 'planeProduct',
    flags,
    constants: { WORKGROUP_SIZE: lanes },
    params: { planes: planes.count, inChannels, outQuads: inBlocks(outChannels) / 4, tileQuads: places / 4, planeSide },
    bindings: { ...bindings },
    workgroups: [
      Math.ceil(places / productBlock / lanes),
      inBlocks(outChannels) / productBlock,
      planes.samples * planes.count,
    ],
    flops,
  };
}

function productFlags({ planes, bindings, halfWeights }: PlaneProduct): Record<string, boolean> {
  return { sharedPicture: planes.shared, hasStyle: bindings.style !== undefined, halfWeights };
}

const tiledLanes = 64;
/** Fewer leave a graphics card idle (onnxruntime's im2col_matmul chooses its tiles by the same number). */
const enoughWorkgroups = 128;
/** Input channels that a part of a split sum has at least; a multiple of what the kernel loads a turn. */
const fewestPartChannels = 32;

function lowerTiledProduct(product: PlaneProduct, scratch: number): Lowering {
  const { planes, inChannels, outChannels, places, bindings, flops, planeSide } = product;
  // Lanes along places as far as there are any, in tiles of eight; the rest along channels, so many that workgroup memory holds them.
  const placeLanes = Math.max(2, Math.min(8, 2 ** Math.ceil(Math.log2(places / productBlock))));
  const channelLanes = tiledLanes / placeLanes;
  const samplePlanes = planes.samples * planes.count;
  const [across, down] = [
    Math.ceil(places / (productBlock * placeLanes)),
    Math.ceil(inBlocks(outChannels) / (productBlock * channelLanes)),
  ];
  const partChannels = partChannelsOf(inChannels, across * down * samplePlanes);
  const parts = Math.ceil(inChannels / partChannels);
  const shape = [samplePlanes, inBlocks(outChannels), places];
  const isSplit = parts > 1;
  const products: KernelCall = {
    shader: 'planeProductTiled',
    flags: productFlags(product),
    constants: { WORKGROUP_SIZE: tiledLanes, PLACE_LANES: placeLanes, CHANNEL_LANES: channelLanes },
    params: {
      ...{ planes: planes.count, inChannels, outQuads: inBlocks(outChannels) / 4, tileQuads: places / 4 },
      ...{ samplePlanes, partChannels, planeSide },
    },
    bindings: { ...bindings, m: isSplit ? temporary(scratch) : bindings.m },
    workgroups: [across, down, samplePlanes * parts],
    flops,
  };
  if (!isSplit) return singleCall(products);
  const quads = sizeOf(shape) / 4;
  const sums: KernelCall = {
    shader: 'splitSums',
    flags: {},
    constants: { WORKGROUP_SIZE: tiledLanes },
    params: { quads, parts },
    bindings: { x: temporary(scratch), y: bindings.m },
    workgroups: linearWorkgroups(quads, tiledLanes),
    flops: 0,
  };
  return { temporaries: [[parts, ...shape]], calls: [products, sums] };
}

/** So that parts times `workgroups` are enough, in whole turns of the kernel. */
function partChannelsOf(inChannels: number, workgroups: number): number {
  const parts = Math.ceil(enoughWorkgroups / workgroups);
  return Math.max(fewestPartChannels, Math.ceil(inChannels / parts / 8) * 8);
}
