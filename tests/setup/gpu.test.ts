import { expect, test } from 'vitest';
import { testDevice, testGpu } from './gpu.js';

test('this machine has an adapter, and it computes', async () => {
  expect(testGpu()).toBe(testGpu());
  const device = await testDevice();
  const shader = device.createShaderModule({
    code: '@group(0) @binding(0) var<storage, read_write> y: array<f32>; @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) { y[i] = f32(i) * 0.5; }',
  });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: shader } });
  const y = device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const read = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: y } }],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(y, 0, read, 0, 16);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  expect([...new Float32Array(read.getMappedRange())]).toEqual([0, 0.5, 1, 1.5]);
  device.destroy();
});
