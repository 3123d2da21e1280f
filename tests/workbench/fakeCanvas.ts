/** An OffscreenCanvas whose `webgpu` context hands out one texture that can be read back. */
export class FakeCanvas {
  width = 1;
  height = 1;
  private device: GPUDevice | null = null;
  private format: GPUTextureFormat = 'rgba8unorm';
  private texture: GPUTexture | null = null;

  /** What the workbench takes it for. */
  get asCanvas(): OffscreenCanvas {
    return this as unknown as OffscreenCanvas;
  }

  getContext(): Pick<GPUCanvasContext, 'configure' | 'getCurrentTexture'> {
    return {
      configure: ({ device, format }) => {
        this.device = device;
        this.format = format;
        this.texture = null;
        return undefined;
      },
      getCurrentTexture: () => this.currentTexture(),
    };
  }

  /** RGBA of what was drawn last; the width must be a multiple of 64, as copies ask for. */
  async pixels(): Promise<number[]> {
    const device = this.connected();
    const bytes = this.width * this.height * 4;
    const staging = device.createBuffer({ size: bytes, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    const encoder = device.createCommandEncoder();
    const size = [this.width, this.height];
    encoder.copyTextureToBuffer(
      { texture: this.currentTexture() },
      { buffer: staging, bytesPerRow: this.width * 4 },
      size,
    );
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const pixels = [...new Uint8Array(staging.getMappedRange())];
    staging.destroy();
    return pixels;
  }

  private connected(): GPUDevice {
    if (this.device === null) throw new Error('the canvas was never configured');
    return this.device;
  }

  private currentTexture(): GPUTexture {
    if (this.texture?.width !== this.width || this.texture.height !== this.height) {
      this.texture = this.connected().createTexture({
        size: [this.width, this.height],
        format: this.format,
        usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
      });
    }
    return this.texture;
  }
}
