import { GanvasError } from './errors.js';

/** A browser may report a loss a moment after it rejects what was pending. */
const reportDelayMilliseconds = 100;

/** Watches one device, so that work which fails because the device is gone says so. */
export class DeviceLoss {
  /** Resolves with the error `device-lost` when that happens; never rejects. */
  readonly occurred: Promise<GanvasError>;
  private error: GanvasError | null = null;

  constructor(device: GPUDevice) {
    this.occurred = device.lost.then((info) => (this.error = deviceLostError(info)));
  }

  /** @throws GanvasError `device-lost` when the device is known to be gone. */
  check(): void {
    if (this.error !== null) throw this.error;
  }

  /** What to throw in place of `cause`: the loss, if that is what lies behind it. */
  async explain(cause: unknown): Promise<unknown> {
    const delay = new Promise<null>((resolve) => setTimeout(() => resolve(null), reportDelayMilliseconds));
    return (await Promise.race([this.occurred, delay])) ?? cause;
  }
}

function deviceLostError({ reason, message }: GPUDeviceLostInfo): GanvasError {
  const why = message === '' ? reason : message.replace(/\.?\s*$/, '');
  return new GanvasError(
    'device-lost',
    `The connection to the graphics device was lost (${why}). Load the model again; if it recurs, close other programs that use the GPU.`,
    { reason },
  );
}
