import type { Engine } from '../engine/engine.js';
import { Presenter } from '../engine/presenter.js';
import { at } from '../engine/shape.js';
import type { FrameProgram } from './frameProgram.js';

/**
 * A canvas that shows frames as they are computed: the picture goes from the program's buffer to the screen in the
 * same submit, and never to the CPU.
 */
export class CanvasView {
  private readonly context: GPUCanvasContext;
  private readonly presenters = new Map<FrameProgram, Promise<Presenter>>();
  private engine: Engine | null = null;

  constructor(
    private readonly canvas: OffscreenCanvas,
    private readonly format: GPUTextureFormat,
  ) {
    const context = canvas.getContext('webgpu');
    if (context === null) throw new RangeError('internal: the canvas already has a context of another kind');
    this.context = context;
  }

  /** Connects to the engine of a (new) device. */
  use(engine: Engine): void {
    this.engine = engine;
    this.presenters.clear();
    this.context.configure({ device: engine.device, format: this.format, alphaMode: 'opaque' });
  }

  /** Makes what `draw` needs for a program; later calls cost nothing. It goes with the program. */
  prepare(frame: FrameProgram): Promise<Presenter> {
    const known = this.presenters.get(frame);
    if (known !== undefined) return known;
    if (this.engine === null) throw new RangeError('internal: canvas used before it was connected');
    const { program } = frame;
    const shape = program.outputShape('img');
    const presenter = Presenter.create(this.engine.device, program.outputBuffer('img'), shape, this.format);
    this.presenters.set(frame, presenter);
    frame.whenDisposed(() => this.forget(frame));
    presenter.catch(() => this.presenters.delete(frame));
    return presenter;
  }

  /** Computes the frame and draws it: one submit, or, for work too long for one, several. */
  draw(frame: FrameProgram, presenter: Presenter, device: GPUDevice): void {
    const { program } = frame;
    const shape = program.outputShape('img');
    const [height, width] = [at(shape, 2), at(shape, 3)];
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    if (!program.fitsOneSubmit) program.run();
    const encoder = device.createCommandEncoder({ label: 'frame' });
    if (program.fitsOneSubmit) program.encode(encoder);
    presenter.encode(encoder, this.context.getCurrentTexture().createView());
    device.queue.submit([encoder.finish()]);
  }

  private forget(frame: FrameProgram): void {
    this.presenters.get(frame)?.then(
      (presenter) => presenter.dispose(),
      () => undefined,
    );
    this.presenters.delete(frame);
  }
}
