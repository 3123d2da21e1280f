/** Part of a job after which its pace is believed. */
const enoughSeen = 0.02;

/** How long a job of several phases will go on. Each phase has a pace of its own, so only the present one's counts. */
export class TimeLeft {
  private phase = '';
  private start = { fraction: 0, time: performance.now() };
  private estimate: number | null = null;
  private asked = performance.now();

  /**
   * Seconds left; null before any pace is known. Until a new phase has shown its own, what was last said counts down.
   * @param fraction of the whole job, 0…1
   */
  after(phase: string, fraction: number): number | null {
    const time = performance.now();
    // A job that begins again, on a new device, starts over.
    if (phase !== this.phase || fraction < this.start.fraction) this.start = { fraction, time };
    this.phase = phase;
    const seen = fraction - this.start.fraction;
    const counted = this.estimate === null ? null : Math.max(0, this.estimate - (time - this.asked) / 1000);
    this.estimate = seen > enoughSeen ? (((time - this.start.time) / 1000) * (1 - fraction)) / seen : counted;
    this.asked = time;
    return this.estimate;
  }
}
