import { timeInTurns } from '../src/tuning/timeInTurns.js';
import { spreadOf, type Spread } from './statistics.js';

const mostWarmUps = 3;
const sampleMilliseconds = 10;

/** Milliseconds of one run of each, submit to completion; their samples take turns, so that drift meets all alike. */
export async function timeInterleaved(
  device: GPUDevice,
  samples: number,
  runs: readonly (() => void)[],
): Promise<Spread[]> {
  const warmUps = Math.min(samples, mostWarmUps);
  return (await timeInTurns(device, runs, { samples, sampleMilliseconds, warmUps })).map(spreadOf);
}
