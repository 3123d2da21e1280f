/** Mean time of the steps since a run began or went on. */
export class StepClock {
  private readonly began = performance.now();

  constructor(private readonly firstStep: number) {}

  /** 0 before the first step is done. */
  secondsPerStep(stepsDone: number): number {
    const steps = stepsDone - this.firstStep;
    return steps > 0 ? (performance.now() - this.began) / 1000 / steps : 0;
  }
}
