import { spreadOf, type Spread } from './statistics.js';

const mostWarmUps = 3;
/** A sample repeats the work until it is this long, so that timers and scheduling do not decide it. */
const sampleMilliseconds = 10;

/** Milliseconds of one run of each, submit to completion; their samples take turns, so that drift meets all alike. */
export async function timeInterleaved(
  device: GPUDevice,
  samples: number,
  runs: readonly (() => void)[],
): Promise<Spread[]> {
  const timed: { readonly run: () => void; readonly repeats: number; readonly times: number[] }[] = [];
  for (const run of runs)
    timed.push({ run, repeats: await repeatsOf(device, run, Math.min(samples, mostWarmUps)), times: [] });
  for (let sample = 0; sample < samples; sample++) {
    for (const { run, repeats, times } of timed) times.push(await timeOnce(device, run, repeats));
  }
  return timed.map(({ times }) => spreadOf(times));
}

async function repeatsOf(device: GPUDevice, run: () => void, warmUps: number): Promise<number> {
  let once = Infinity;
  for (let warmUp = 0; warmUp < warmUps; warmUp++) once = Math.min(once, await timeOnce(device, run, 1));
  return Math.max(1, Math.ceil(sampleMilliseconds / Math.max(once, 0.01)));
}

async function timeOnce(device: GPUDevice, run: () => void, repeats: number): Promise<number> {
  const start = performance.now();
  for (let repeat = 0; repeat < repeats; repeat++) run();
  await device.queue.onSubmittedWorkDone();
  return (performance.now() - start) / repeats;
}
