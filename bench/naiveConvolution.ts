/** The 3×3 convolution as anyone would write it first: one lane an output, nothing shared, nothing ahead of time. */
import { sizeOf } from '../src/engine/shape.js';

export interface NaiveConvolution {
  readonly run: () => void;
  readonly read: () => Promise<Float32Array>;
  readonly dispose: () => void;
}

const lanes = 64;

const codeOf = (channels: number, side: number): string => `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> s: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = i32(id.x);
  let ox = index % ${side};
  let oy = index / ${side} % ${side};
  let o = index / ${side * side};
  if (o >= ${channels}) {
    return;
  }
  var sum = 0.0;
  for (var c = 0; c < ${channels}; c++) {
    for (var ky = 0; ky < 3; ky++) {
      for (var kx = 0; kx < 3; kx++) {
        let iy = oy + ky - 1;
        let ix = ox + kx - 1;
        if (iy >= 0 && iy < ${side} && ix >= 0 && ix < ${side}) {
          sum += w[((o * ${channels} + c) * 3 + ky) * 3 + kx] * s[c] * x[(c * ${side} + iy) * ${side} + ix];
        }
      }
    }
  }
  y[index] = sum;
}`;

/** y [O, H, W] of x [C, H, W] scaled by s [C], with w [O, C, 3, 3]; as many output channels as input channels. */
export async function naiveConvolution(
  device: GPUDevice,
  channels: number,
  side: number,
  values: { readonly x: Float32Array; readonly s: Float32Array; readonly w: Float32Array },
): Promise<NaiveConvolution> {
  const label = `naive convolution, ${channels} channels, ${side}²`;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const bytes = 4 * sizeOf([channels, side, side]);
  const module = device.createShaderModule({ label, code: codeOf(channels, side) });
  const pipeline = await device.createComputePipelineAsync({ label, layout: 'auto', compute: { module } });
  const buffers = [values.x, values.s, values.w].map((given) => {
    const buffer = device.createBuffer({ label, size: given.byteLength, usage });
    device.queue.writeBuffer(buffer, 0, given.slice());
    return buffer;
  });
  const y = device.createBuffer({ label, size: bytes, usage });
  const staging = device.createBuffer({ label, size: bytes, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const bindGroup = device.createBindGroup({
    label,
    layout: pipeline.getBindGroupLayout(0),
    entries: [...buffers, y].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const run = (): void => {
    const encoder = device.createCommandEncoder({ label });
    const pass = encoder.beginComputePass({ label });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(Math.ceil(bytes / 4 / lanes));
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  return {
    run,
    read: async () => {
      run();
      const encoder = device.createCommandEncoder({ label });
      encoder.copyBufferToBuffer(y, 0, staging, 0, bytes);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const result = new Float32Array(staging.getMappedRange().slice(0));
      staging.unmap();
      return result;
    },
    dispose: () => [...buffers, y, staging].forEach((buffer) => buffer.destroy()),
  };
}
