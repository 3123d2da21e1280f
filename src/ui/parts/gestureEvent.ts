export type GesturePhase = 'preview' | 'commit';

/**
 * What a hand does on a control. The control goes on showing the hand's value until the promise given to `until` has
 * settled: the recipe follows a little later, and older values that arrive meanwhile must not jump in.
 */
export class GestureEvent extends Event {
  private pending: Promise<unknown> = Promise.resolve();

  constructor(
    type: string,
    readonly phase: GesturePhase,
  ) {
    super(type, { bubbles: true, composed: true });
  }

  until(settled: Promise<unknown>): void {
    this.pending = settled;
  }

  get settled(): Promise<unknown> {
    return this.pending;
  }
}
