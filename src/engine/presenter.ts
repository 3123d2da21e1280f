import { bundledShaders } from './shaderLibrary.js';
import { at, type Shape } from './shape.js';

/** Draws a program's picture output to a texture without reading it back. Everything is created once. */
export class Presenter {
  private readonly pipeline: GPURenderPipeline;
  private readonly bindGroup: GPUBindGroup;
  private readonly params: GPUBuffer;

  private constructor(device: GPUDevice, pipeline: GPURenderPipeline, picture: GPUBuffer, shape: Shape) {
    this.pipeline = pipeline;
    this.params = device.createBuffer({
      label: 'present params',
      size: 16,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    device.queue.writeBuffer(this.params, 0, Uint32Array.of(at(shape, 1), at(shape, 2), at(shape, 3)));
    this.bindGroup = device.createBindGroup({
      label: 'present',
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: { buffer: this.params } },
        { binding: 1, resource: { buffer: picture } },
      ],
    });
  }

  /** @param picture buffer of a picture of `shape` [1, C, H, W] */
  static async create(
    device: GPUDevice,
    picture: GPUBuffer,
    shape: Shape,
    format: GPUTextureFormat,
  ): Promise<Presenter> {
    const { code } = bundledShaders.resolve('render/present', {});
    const module = device.createShaderModule({ label: 'present', code });
    const pipeline = await device.createRenderPipelineAsync({
      label: 'present',
      layout: 'auto',
      vertex: { module, entryPoint: 'cover' },
      fragment: { module, entryPoint: 'paint', targets: [{ format }] },
      primitive: { topology: 'triangle-list' },
    });
    return new Presenter(device, pipeline, picture, shape);
  }

  encode(encoder: GPUCommandEncoder, target: GPUTextureView): void {
    const pass = encoder.beginRenderPass({
      label: 'present',
      colorAttachments: [{ view: target, loadOp: 'clear', storeOp: 'store' }],
    });
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, this.bindGroup);
    pass.draw(3);
    pass.end();
  }

  dispose(): void {
    this.params.destroy();
  }
}
