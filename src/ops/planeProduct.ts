import type { BindingRole, KernelCall } from '../engine/kernel.js';
import { lanesFor } from './lanes.js';

/** Places, and output channels, that one invocation computes. */
export const productBlock = 8;

/** So few that lanes go to output channels instead; what an invocation of that kernel computes. */
const fewPlaces = 16;

export const inBlocks = (count: number): number => Math.ceil(count / productBlock) * productBlock;

export interface PlaneProduct {
  /** Planes of every sample; shared: all of a sample's planes read the same picture. */
  readonly planes: { readonly samples: number; readonly count: number; readonly shared: boolean };
  readonly inChannels: number;
  readonly outChannels: number;
  /** In whole blocks. */
  readonly places: number;
  /** `style` [samples, inChannels] only for a shared picture. */
  readonly bindings: Readonly<Record<'v' | 'weight' | 'm', BindingRole>> & { readonly style?: BindingRole };
  readonly flops: number;
}

/** m [samples, planes, O in blocks, places] = weight [planes, C, O in blocks] by v [samples, planes or 1, C, places]. */
export function planeProductCall({
  planes,
  inChannels,
  outChannels,
  places,
  bindings,
  flops,
}: PlaneProduct): KernelCall {
  const flags = { sharedPicture: planes.shared, hasStyle: bindings.style !== undefined };
  if (places === fewPlaces) {
    const outPairs = inBlocks(outChannels) / 2;
    const lanes = lanesFor(outPairs);
    return {
      shader: 'fewPlacesProduct',
      flags,
      constants: { WORKGROUP_SIZE: lanes },
      params: { planes: planes.count, inChannels, outPairs },
      bindings: { ...bindings },
      workgroups: [Math.ceil(outPairs / lanes), planes.samples * planes.count, 1],
      flops,
    };
  }
  const lanes = lanesFor(places / productBlock);
  return {
    shader: 'planeProduct',
    flags,
    constants: { WORKGROUP_SIZE: lanes },
    params: { planes: planes.count, inChannels, outQuads: inBlocks(outChannels) / 4, tileQuads: places / 4 },
    bindings: { ...bindings },
    workgroups: [
      Math.ceil(places / productBlock / lanes),
      inBlocks(outChannels) / productBlock,
      planes.samples * planes.count,
    ],
    flops,
  };
}
