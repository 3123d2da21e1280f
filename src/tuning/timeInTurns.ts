export interface TimingOptions {
  /** Samples of each run. */
  readonly samples: number;
  /** A sample repeats the work until it is this long, so that timers and scheduling do not decide it. */
  readonly sampleMilliseconds: number;
  /** Runs before the first sample, of which the shortest says how often a sample repeats it. */
  readonly warmUps: number;
}

/** Milliseconds of each sample of each run, submit to completion; samples take turns, so that drift meets all runs alike. */
export async function timeInTurns(
  device: GPUDevice,
  runs: readonly (() => void)[],
  { samples, sampleMilliseconds, warmUps }: TimingOptions,
): Promise<number[][]> {
  const timed: { readonly run: () => void; readonly repeats: number; readonly times: number[] }[] = [];
  for (const run of runs) {
    let once = Infinity;
    for (let warmUp = 0; warmUp < warmUps; warmUp++) once = Math.min(once, await timeOnce(device, run, 1));
    timed.push({ run, repeats: Math.max(1, Math.ceil(sampleMilliseconds / Math.max(once, 0.01))), times: [] });
  }
  for (let sample = 0; sample < samples; sample++) {
    for (const { run, repeats, times } of timed) times.push(await timeOnce(device, run, repeats));
  }
  return timed.map(({ times }) => times);
}

async function timeOnce(device: GPUDevice, run: () => void, repeats: number): Promise<number> {
  const start = performance.now();
  for (let repeat = 0; repeat < repeats; repeat++) run();
  await device.queue.onSubmittedWorkDone();
  return (performance.now() - start) / repeats;
}
