/** What the adapter can do at most, measured by two kernels that do nothing else: multiply-adds, and copying. */
import type { Spread } from './statistics.js';
import { timeInterleaved } from './timing.js';

/** Billions a second. */
export interface Peak {
  readonly gigaflopsPerSecond: number;
  readonly gigabytesPerSecond: number;
  readonly source: 'measured' | 'given';
}

/** How near a kernel comes to what bounds it, arithmetic or memory, whichever it is nearer to. */
export function shareOfPeak(
  rate: { readonly gigaflopsPerSecond: number; readonly gigabytesPerSecond: number },
  peak: Peak,
): number {
  return Math.max(rate.gigaflopsPerSecond / peak.gigaflopsPerSecond, rate.gigabytesPerSecond / peak.gigabytesPerSecond);
}

const lanes = 64;
const workgroups = 1024;
const steps = 512;
/** Multiply-adds of a lane: 8 chains of vec4, so that none waits for its own last result. */
const flopsPerLane = steps * 8 * 4 * 2;
const copiedBytes = 32 * 2 ** 20;

const arithmetic = `
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let factor = x[0];
  var ${Array.from({ length: 8 }, (_, chain) => `c${chain} = x[${chain}] + f32(id.x);`).join('\n  var ')}
  for (var step = 0u; step < ${steps}u; step++) {
    ${Array.from({ length: 8 }, (_, chain) => `c${chain} = fma(c${chain}, factor, factor);`).join('\n    ')}
  }
  y[id.x] = ${Array.from({ length: 8 }, (_, chain) => `c${chain}`).join(' + ')};
}`;

const copying = `
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  y[id.x] = x[id.x];
}`;

export async function measurePeak(device: GPUDevice, samples: number): Promise<Peak> {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
  const [x, y] = ['peak from', 'peak to'].map((label) => device.createBuffer({ label, size: copiedBytes, usage }));
  if (x === undefined || y === undefined) throw new RangeError('internal: two buffers');
  try {
    device.queue.writeBuffer(x, 0, new Float32Array(64).fill(0.5));
    const runs = [
      await runnerOf(device, arithmetic, x, y, workgroups),
      await runnerOf(device, copying, x, y, copiedBytes / 16 / lanes),
    ];
    const [computed, copied] = await timeInterleaved(device, samples, runs);
    return {
      gigaflopsPerSecond: perSecond(lanes * workgroups * flopsPerLane, computed),
      // Read and written.
      gigabytesPerSecond: perSecond(2 * copiedBytes, copied),
      source: 'measured',
    };
  } finally {
    x.destroy();
    y.destroy();
  }
}

const perSecond = (count: number, milliseconds: Spread | undefined): number =>
  count / ((milliseconds?.median ?? NaN) * 1e6);

async function runnerOf(
  device: GPUDevice,
  code: string,
  x: GPUBuffer,
  y: GPUBuffer,
  count: number,
): Promise<() => void> {
  const module = device.createShaderModule({ label: 'peak', code });
  const pipeline = await device.createComputePipelineAsync({ label: 'peak', layout: 'auto', compute: { module } });
  const bindGroup = device.createBindGroup({
    label: 'peak',
    layout: pipeline.getBindGroupLayout(0),
    entries: [x, y].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  return () => {
    const encoder = device.createCommandEncoder({ label: 'peak' });
    const pass = encoder.beginComputePass({ label: 'peak' });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(count);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
}
